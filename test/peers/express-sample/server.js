// A server such as samples with Express have it: the weights are read once, express.json() reads bodies.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const express = require('express');

const folder = process.env.SM_MODEL_DIR ?? '/opt/ml/model';
const { weights } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));

const app = express();
app.use(express.json({ limit: '25mb' }));
app.get('/ping', (_request, response) => response.sendStatus(200));
app.post('/invocations', (request, response) => {
  const predictions = request.body.instances.map((row) =>
    row.reduce((sum, x, at) => sum + x * weights[at], 0),
  );
  response.json({ predictions });
});
app.listen(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080, '0.0.0.0');
