"""A LitServe server with batching.

https://lightning.ai/docs/litserve/features/batching; fast_queue is what it advises above 100 requests a second.
"""

import os

import litserve as ls
import numpy as np
from load_model import load_model


class BenchAPI(ls.LitAPI):
    def setup(self, device):
        self.model = load_model()

    def decode_request(self, request):
        return np.asarray(request["instances"])

    def batch(self, inputs):
        # The default stacks, which wants requests of as many rows each.
        self.ends = np.cumsum([len(rows) for rows in inputs])
        return np.concatenate(inputs)

    def predict(self, x):
        return self.model.predict(x)

    def unbatch(self, output):
        return np.split(output, self.ends[:-1])

    def encode_response(self, output):
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    server = ls.LitServer(
        BenchAPI(api_path="/invocations", max_batch_size=64, batch_timeout=0.002),
        accelerator="cpu",
        workers_per_device=os.cpu_count(),
        fast_queue=True,
    )
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False)
