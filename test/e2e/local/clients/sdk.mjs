// Makes an endpoint and asks it by the AWS SDK for JavaScript, by endpoint variables alone. Prints the answers as JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const control = require('@aws-sdk/client-sagemaker');
const runtime = require('@aws-sdk/client-sagemaker-runtime');

const sagemaker = new control.SageMakerClient();
const name = 'js';
const container = { Image: 'echo' };
await sagemaker.send(
  new control.CreateModelCommand({
    ModelName: name,
    ExecutionRoleArn: process.env.ROLE_ARN,
    PrimaryContainer: container,
  }),
);
const variant = {
  VariantName: 'v',
  ModelName: name,
  InstanceType: 'ml.m5.large',
  InitialInstanceCount: 1,
};
await sagemaker.send(
  new control.CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }),
);
await sagemaker.send(new control.CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
await control.waitUntilEndpointInService(
  { client: sagemaker, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
  { EndpointName: name },
);

const asked = { EndpointName: name, ContentType: 'text/csv', Body: '1.5,2' };
const client = new runtime.SageMakerRuntimeClient();
const whole = await client.send(new runtime.InvokeEndpointCommand(asked));
const stream = await client.send(new runtime.InvokeEndpointWithResponseStreamCommand(asked));
let parts = '';
for await (const { PayloadPart: part } of stream.Body) parts += Buffer.from(part.Bytes).toString();
const refused = await client
  .send(new runtime.InvokeEndpointCommand({ ...asked, EndpointName: 'none' }))
  .catch((error) => error.name);
const body = Buffer.from(whole.Body).toString();
console.log(JSON.stringify({ whole: body, type: whole.ContentType, stream: parts, refused }));
