// A server such as samples with Go's net/http have it: the weights are read once, a body is decoded as JSON.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

func env(name, other string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return other
}

func main() {
	text, err := os.ReadFile(filepath.Join(env("SM_MODEL_DIR", "/opt/ml/model"), "model.json"))
	if err != nil {
		log.Fatal(err)
	}
	var model struct{ Weights []float64 }
	if err := json.Unmarshal(text, &model); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/ping", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) })
	http.HandleFunc("/invocations", func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Instances [][]float64 }
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		predictions := []float64{}
		for _, row := range request.Instances {
			sum := 0.0
			for i, x := range row {
				sum += x * model.Weights[i]
			}
			predictions = append(predictions, sum)
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"predictions": predictions})
	})
	log.Print("listening")
	log.Fatal(http.ListenAndServe("0.0.0.0:"+env("SAGEMAKER_BIND_TO_PORT", "8080"), nil))
}
