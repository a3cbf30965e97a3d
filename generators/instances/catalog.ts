/** What an accelerator of an instance can do. */
export interface Accelerator {
  readonly kind: 'nvidia-gpu' | 'inferentia' | 'trainium' | 'habana-gaudi';
  readonly name: string;
  /** Memory of one, in GiB as EC2 reports it: less than what is advertised. */
  readonly memoryGiB: number;
  /** CUDA compute capability, of NVIDIA GPUs. */
  readonly computeCapability?: string;
  /** NeuronCores in one, of Inferentia and Trainium. */
  readonly neuronCores?: number;
}

export interface Family {
  readonly arch: 'x86_64' | 'arm64';
  readonly accelerator?: Accelerator;
  /** Which sizes batch transform takes too, by botocore's TransformInstanceType; none where it is absent. */
  readonly transform?: 'all' | 'all but large';
  readonly sizes: Readonly<Record<string, Size>>;
}

/** Memory is in GiB, local NVMe storage in GB. The last two may be absent: none, or not known. */
type Size = readonly [vCPU: number, memoryGiB: number, accelerators?: number, localStorageGB?: number];

/**
 * The instance types that SageMaker offers for hosting: the members of ProductionVariantInstanceType in botocore
 * 1.43.11, with what EC2 says of the same types. Figures for p2, p3 and p6e-gb200 are from AWS's own SDK and guides
 * or, where those are silent, from others' tables; the memory of trn2's chips is from the Neuron guide.
 */
export const families: Readonly<Record<string, Family>> = {
  t2: { arch: 'x86_64', sizes: { medium: [2, 4], large: [2, 8], xlarge: [4, 16], '2xlarge': [8, 32] } },
  m4: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '10xlarge': [40, 160],
      '16xlarge': [64, 256],
    },
  },
  m5: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 8],
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '12xlarge': [48, 192],
      '24xlarge': [96, 384],
    },
  },
  m5d: {
    arch: 'x86_64',
    sizes: {
      large: [2, 8, 0, 75],
      xlarge: [4, 16, 0, 150],
      '2xlarge': [8, 32, 0, 300],
      '4xlarge': [16, 64, 0, 600],
      '12xlarge': [48, 192, 0, 1800],
      '24xlarge': [96, 384, 0, 3600],
    },
  },
  c4: {
    arch: 'x86_64',
    transform: 'all but large',
    sizes: {
      large: [2, 3.75],
      xlarge: [4, 7.5],
      '2xlarge': [8, 15],
      '4xlarge': [16, 30],
      '8xlarge': [36, 60],
    },
  },
  p2: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'K80', memoryGiB: 12, computeCapability: '3.7' },
    transform: 'all',
    sizes: { xlarge: [4, 61, 1], '8xlarge': [32, 488, 8], '16xlarge': [64, 732, 16] },
  },
  p3: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'V100', memoryGiB: 16, computeCapability: '7.0' },
    transform: 'all',
    sizes: { '2xlarge': [8, 61, 1], '8xlarge': [32, 244, 4], '16xlarge': [64, 488, 8] },
  },
  c5: {
    arch: 'x86_64',
    transform: 'all but large',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '9xlarge': [36, 72],
      '18xlarge': [72, 144],
    },
  },
  c5d: {
    arch: 'x86_64',
    sizes: {
      large: [2, 4, 0, 50],
      xlarge: [4, 8, 0, 100],
      '2xlarge': [8, 16, 0, 200],
      '4xlarge': [16, 32, 0, 400],
      '9xlarge': [36, 72, 0, 900],
      '18xlarge': [72, 144, 0, 1800],
    },
  },
  g4dn: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'T4', memoryGiB: 16, computeCapability: '7.5' },
    transform: 'all',
    sizes: {
      xlarge: [4, 16, 1, 125],
      '2xlarge': [8, 32, 1, 225],
      '4xlarge': [16, 64, 1, 225],
      '8xlarge': [32, 128, 1, 900],
      '12xlarge': [48, 192, 4, 900],
      '16xlarge': [64, 256, 1, 900],
    },
  },
  r5: {
    arch: 'x86_64',
    sizes: {
      large: [2, 16],
      xlarge: [4, 32],
      '2xlarge': [8, 64],
      '4xlarge': [16, 128],
      '12xlarge': [48, 384],
      '24xlarge': [96, 768],
    },
  },
  r5d: {
    arch: 'x86_64',
    sizes: {
      large: [2, 16, 0, 75],
      xlarge: [4, 32, 0, 150],
      '2xlarge': [8, 64, 0, 300],
      '4xlarge': [16, 128, 0, 600],
      '12xlarge': [48, 384, 0, 1800],
      '24xlarge': [96, 768, 0, 3600],
    },
  },
  inf1: {
    arch: 'x86_64',
    accelerator: { kind: 'inferentia', name: 'Inferentia', memoryGiB: 8, neuronCores: 4 },
    sizes: { xlarge: [4, 8, 1], '2xlarge': [8, 16, 1], '6xlarge': [24, 48, 4], '24xlarge': [96, 192, 16] },
  },
  dl1: {
    arch: 'x86_64',
    accelerator: { kind: 'habana-gaudi', name: 'Gaudi HL-205', memoryGiB: 32 },
    sizes: { '24xlarge': [96, 768, 8, 4000] },
  },
  c6i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
      '24xlarge': [96, 192],
      '32xlarge': [128, 256],
    },
  },
  m6i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 8],
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '8xlarge': [32, 128],
      '12xlarge': [48, 192],
      '16xlarge': [64, 256],
      '24xlarge': [96, 384],
      '32xlarge': [128, 512],
    },
  },
  r6i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 16],
      xlarge: [4, 32],
      '2xlarge': [8, 64],
      '4xlarge': [16, 128],
      '8xlarge': [32, 256],
      '12xlarge': [48, 384],
      '16xlarge': [64, 512],
      '24xlarge': [96, 768],
      '32xlarge': [128, 1024],
    },
  },
  g5: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'A10G', memoryGiB: 22.35, computeCapability: '8.6' },
    transform: 'all',
    sizes: {
      xlarge: [4, 16, 1, 250],
      '2xlarge': [8, 32, 1, 450],
      '4xlarge': [16, 64, 1, 600],
      '8xlarge': [32, 128, 1, 900],
      '12xlarge': [48, 192, 4, 3800],
      '16xlarge': [64, 256, 1, 1900],
      '24xlarge': [96, 384, 4, 3800],
      '48xlarge': [192, 768, 8, 7600],
    },
  },
  g6: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'L4', memoryGiB: 22.35, computeCapability: '8.9' },
    transform: 'all',
    sizes: {
      xlarge: [4, 16, 1, 250],
      '2xlarge': [8, 32, 1, 450],
      '4xlarge': [16, 64, 1, 600],
      '8xlarge': [32, 128, 1, 900],
      '12xlarge': [48, 192, 4, 3760],
      '16xlarge': [64, 256, 1, 1880],
      '24xlarge': [96, 384, 4, 3760],
      '48xlarge': [192, 768, 8, 7520],
    },
  },
  r8g: {
    arch: 'arm64',
    sizes: {
      medium: [1, 8],
      large: [2, 16],
      xlarge: [4, 32],
      '2xlarge': [8, 64],
      '4xlarge': [16, 128],
      '8xlarge': [32, 256],
      '12xlarge': [48, 384],
      '16xlarge': [64, 512],
      '24xlarge': [96, 768],
      '48xlarge': [192, 1536],
    },
  },
  g6e: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'L40S', memoryGiB: 44.7, computeCapability: '8.9' },
    sizes: {
      xlarge: [4, 32, 1, 250],
      '2xlarge': [8, 64, 1, 450],
      '4xlarge': [16, 128, 1, 600],
      '8xlarge': [32, 256, 1, 900],
      '12xlarge': [48, 384, 4, 3800],
      '16xlarge': [64, 512, 1, 1900],
      '24xlarge': [96, 768, 4, 3800],
      '48xlarge': [192, 1536, 8, 7600],
    },
  },
  g7e: {
    arch: 'x86_64',
    accelerator: {
      kind: 'nvidia-gpu',
      name: 'RTX PRO Server 6000',
      memoryGiB: 96,
      computeCapability: '12.0',
    },
    sizes: {
      '2xlarge': [8, 64, 1, 1900],
      '4xlarge': [16, 128, 1, 1900],
      '8xlarge': [32, 256, 1, 1900],
      '12xlarge': [48, 512, 2, 3800],
      '24xlarge': [96, 1024, 4, 7600],
      '48xlarge': [192, 2048, 8, 15200],
    },
  },
  p4d: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'A100', memoryGiB: 40, computeCapability: '8.0' },
    sizes: { '24xlarge': [96, 1152, 8, 8000] },
  },
  c7g: {
    arch: 'arm64',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
    },
  },
  m6g: {
    arch: 'arm64',
    sizes: {
      large: [2, 8],
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '8xlarge': [32, 128],
      '12xlarge': [48, 192],
      '16xlarge': [64, 256],
    },
  },
  m6gd: {
    arch: 'arm64',
    sizes: {
      large: [2, 8, 0, 118],
      xlarge: [4, 16, 0, 237],
      '2xlarge': [8, 32, 0, 474],
      '4xlarge': [16, 64, 0, 950],
      '8xlarge': [32, 128, 0, 1900],
      '12xlarge': [48, 192, 0, 2850],
      '16xlarge': [64, 256, 0, 3800],
    },
  },
  c6g: {
    arch: 'arm64',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
    },
  },
  c6gd: {
    arch: 'arm64',
    sizes: {
      large: [2, 4, 0, 118],
      xlarge: [4, 8, 0, 237],
      '2xlarge': [8, 16, 0, 474],
      '4xlarge': [16, 32, 0, 950],
      '8xlarge': [32, 64, 0, 1900],
      '12xlarge': [48, 96, 0, 2850],
      '16xlarge': [64, 128, 0, 3800],
    },
  },
  c6gn: {
    arch: 'arm64',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
    },
  },
  r6g: {
    arch: 'arm64',
    sizes: {
      large: [2, 16],
      xlarge: [4, 32],
      '2xlarge': [8, 64],
      '4xlarge': [16, 128],
      '8xlarge': [32, 256],
      '12xlarge': [48, 384],
      '16xlarge': [64, 512],
    },
  },
  r6gd: {
    arch: 'arm64',
    sizes: {
      large: [2, 16, 0, 118],
      xlarge: [4, 32, 0, 237],
      '2xlarge': [8, 64, 0, 474],
      '4xlarge': [16, 128, 0, 950],
      '8xlarge': [32, 256, 0, 1900],
      '12xlarge': [48, 384, 0, 2850],
      '16xlarge': [64, 512, 0, 3800],
    },
  },
  p4de: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'A100', memoryGiB: 80, computeCapability: '8.0' },
    sizes: { '24xlarge': [96, 1152, 8, 8000] },
  },
  trn1: {
    arch: 'x86_64',
    accelerator: { kind: 'trainium', name: 'Trainium', memoryGiB: 32, neuronCores: 2 },
    transform: 'all',
    sizes: { '2xlarge': [8, 32, 1, 474], '32xlarge': [128, 512, 16, 7600] },
  },
  trn1n: {
    arch: 'x86_64',
    accelerator: { kind: 'trainium', name: 'Trainium', memoryGiB: 32, neuronCores: 2 },
    sizes: { '32xlarge': [128, 512, 16, 7600] },
  },
  trn2: {
    arch: 'x86_64',
    accelerator: { kind: 'trainium', name: 'Trainium2', memoryGiB: 96, neuronCores: 8 },
    sizes: { '48xlarge': [192, 2048, 16, 7600] },
  },
  inf2: {
    arch: 'x86_64',
    accelerator: { kind: 'inferentia', name: 'Inferentia2', memoryGiB: 32, neuronCores: 2 },
    transform: 'all',
    sizes: {
      xlarge: [4, 16, 1],
      '8xlarge': [32, 128, 1],
      '24xlarge': [96, 384, 6],
      '48xlarge': [192, 768, 12],
    },
  },
  p5: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'H100', memoryGiB: 80, computeCapability: '9.0' },
    sizes: { '48xlarge': [192, 2048, 8, 30400], '4xlarge': [16, 256, 1, 3800] },
  },
  p5e: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'H200', memoryGiB: 141, computeCapability: '9.0' },
    sizes: { '48xlarge': [192, 2048, 8, 30400] },
  },
  p5en: {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'H200', memoryGiB: 141, computeCapability: '9.0' },
    sizes: { '48xlarge': [192, 2048, 8, 30400] },
  },
  m7i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 8],
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '8xlarge': [32, 128],
      '12xlarge': [48, 192],
      '16xlarge': [64, 256],
      '24xlarge': [96, 384],
      '48xlarge': [192, 768],
    },
  },
  c7i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
      '24xlarge': [96, 192],
      '48xlarge': [192, 384],
    },
  },
  r7i: {
    arch: 'x86_64',
    transform: 'all',
    sizes: {
      large: [2, 16],
      xlarge: [4, 32],
      '2xlarge': [8, 64],
      '4xlarge': [16, 128],
      '8xlarge': [32, 256],
      '12xlarge': [48, 384],
      '16xlarge': [64, 512],
      '24xlarge': [96, 768],
      '48xlarge': [192, 1536],
    },
  },
  c8g: {
    arch: 'arm64',
    sizes: {
      medium: [1, 2],
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
      '24xlarge': [96, 192],
      '48xlarge': [192, 384],
    },
  },
  r7gd: {
    arch: 'arm64',
    sizes: {
      medium: [1, 8, 0, 59],
      large: [2, 16, 0, 118],
      xlarge: [4, 32, 0, 237],
      '2xlarge': [8, 64, 0, 474],
      '4xlarge': [16, 128, 0, 950],
      '8xlarge': [32, 256, 0, 1900],
      '12xlarge': [48, 384, 0, 2850],
      '16xlarge': [64, 512, 0, 3800],
    },
  },
  m8g: {
    arch: 'arm64',
    sizes: {
      medium: [1, 4],
      large: [2, 8],
      xlarge: [4, 16],
      '2xlarge': [8, 32],
      '4xlarge': [16, 64],
      '8xlarge': [32, 128],
      '12xlarge': [48, 192],
      '16xlarge': [64, 256],
      '24xlarge': [96, 384],
      '48xlarge': [192, 768],
    },
  },
  c6in: {
    arch: 'x86_64',
    sizes: {
      large: [2, 4],
      xlarge: [4, 8],
      '2xlarge': [8, 16],
      '4xlarge': [16, 32],
      '8xlarge': [32, 64],
      '12xlarge': [48, 96],
      '16xlarge': [64, 128],
      '24xlarge': [96, 192],
      '32xlarge': [128, 256],
    },
  },
  'p6-b200': {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'B200', memoryGiB: 179.06, computeCapability: '10.0' },
    sizes: { '48xlarge': [192, 2048, 8, 30400] },
  },
  'p6-b300': {
    arch: 'x86_64',
    accelerator: { kind: 'nvidia-gpu', name: 'B300', memoryGiB: 268.59, computeCapability: '10.3' },
    sizes: { '48xlarge': [192, 4096, 8, 30400] },
  },
  'p6e-gb200': {
    arch: 'arm64',
    accelerator: { kind: 'nvidia-gpu', name: 'GB200', memoryGiB: 185, computeCapability: '10.0' },
    sizes: { '36xlarge': [144, 960, 4, 22500] },
  },
};
