const guide = 'https://docs.aws.amazon.com/sagemaker/latest/dg';
const reference = 'https://docs.aws.amazon.com/sagemaker/latest/APIReference';

/** Where the hosting contract is written. */
export const sources = {
  hosting: `${guide}/your-algorithms-inference-code.html`,
  batch: `${guide}/your-algorithms-batch-code.html`,
  faq: `${guide}/hosting-faqs.html`,
  serverless: `${guide}/serverless-endpoints.html`,
  multiModel: `${guide}/mms-container-apis.html`,
  multiContainer: `${guide}/multi-container-endpoints.html`,
  invoke: `${reference}/API_runtime_InvokeEndpoint.html`,
  container: `${reference}/API_ContainerDefinition.html`,
  createModel: `${reference}/API_CreateModel.html`,
  contentType: 'https://github.com/aws/amazon-sagemaker-examples/issues/729',
  http: 'https://www.rfc-editor.org/rfc/rfc9110',
  framing: 'https://www.rfc-editor.org/rfc/rfc9112',
  csv: 'https://www.rfc-editor.org/rfc/rfc4180',
  oci: 'https://github.com/aws/amazon-sagemaker-feedback/issues/180',
  pickle: 'https://numpy.org/doc/stable/reference/generated/numpy.load.html',
} as const;

/** Figures of the contract, each from the page above that it is named after. */
export const limits = {
  /** sources.hosting: where nothing else is said, the server listens here. */
  port: 8080,
  /** sources.hosting: seconds until /ping must answer 200, unless the endpoint configuration gives more. */
  startUpSeconds: 480,
  /** sources.hosting: seconds for one answer to /ping. */
  pingSeconds: 2,
  /** sources.hosting: seconds for one answer to /invocations. */
  invocationSeconds: 60,
  /** sources.hosting: seconds from SIGTERM to SIGKILL. */
  stopSeconds: 30,
  /** sources.faq: the largest request to a real-time endpoint. */
  bodyBytes: 25_000_000,
  /** sources.invoke: what is left of an error's body, in characters. */
  errorCharacters: 2048,
  /** sources.batch: MaxConcurrentTransforms times MaxPayloadInMB. */
  batchMegabytes: 100,
  /** sources.serverless: the largest image of a serverless endpoint. */
  serverlessImageBytes: 10 * 1024 ** 3,
} as const;
