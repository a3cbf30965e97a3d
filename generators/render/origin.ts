import type { Framework } from '../kinds.ts';
import { parseModelName } from '../models/names.ts';
import type { Settings } from '../settings/schema.ts';
import { sh } from './escape.ts';

type Place =
  /** A file or folder of the user's, to be packed. */
  | { readonly kind: 'archive' }
  /** A folder of the user's, to be uploaded as it is. */
  | { readonly kind: 'folder' }
  /** On the Hub, from where it is to be copied to S3. */
  | { readonly kind: 'hub-copy'; readonly id: string; readonly revision?: string }
  /** On the Hub, from where the container gets it. */
  | { readonly kind: 'hub'; readonly id: string; readonly revision?: string }
  /** In S3 already, as files; the URI ends in a slash. */
  | { readonly kind: 's3-prefix'; readonly uri: string }
  /** In S3 already, as a tar.gz. */
  | { readonly kind: 's3-archive'; readonly uri: string };

/** Where the endpoint's model comes from, and what follows from it for the deployment. */
export type Origin = Place & {
  /** Whether deploy/upload_to_s3.sh brings it to the project's bucket. */
  readonly uploaded: boolean;
  /** Template layers. */
  readonly layers: readonly string[];
  /** What deploy/settings.sh says of it: templates in `partials/settings`. */
  readonly settings: readonly string[];
  /** The objects in S3 that SageMaker reads, without `s3://`; absent: none, or those in the project's bucket. */
  readonly objects?: string;
  /** What the upload does, in words. */
  readonly upload?: string;
  /** What is to be known of it, in Markdown for the project's README. */
  readonly remark?: string;
  /** Why git does not keep `model/`, in words; absent: it does. */
  readonly notInGit?: string;
  /** What brings the model to `model/` on this machine, in words. */
  readonly bring: string;
};

const consequences: Readonly<Record<Place['kind'], Pick<Origin, 'layers' | 'settings'>>> = {
  archive: { layers: ['model/upload', 'model/archive'], settings: ['bucket'] },
  folder: { layers: ['model/upload', 'model/folder', 'model/local'], settings: ['bucket'] },
  'hub-copy': { layers: ['model/upload', 'model/folder', 'model/hub-copy'], settings: ['hub', 'bucket'] },
  hub: { layers: ['model/hub'], settings: [] },
  's3-prefix': { layers: ['model/s3', 'model/s3-prefix'], settings: ['uri'] },
  's3-archive': { layers: ['model/s3', 'model/s3-archive'], settings: ['uri'] },
};

export function originOf(settings: Settings, framework: Framework): Origin {
  const place = placeOf(settings, framework);
  return {
    ...place,
    ...consequences[place.kind],
    uploaded: ['archive', 'folder', 'hub-copy'].includes(place.kind),
    ...('uri' in place && {
      objects: place.uri.replace('s3://', '') + (place.kind === 's3-prefix' ? '*' : ''),
    }),
    ...wordsOf(place),
  };
}

function placeOf({ modelName, modelSource }: Settings, { modelIs }: Framework): Place {
  if (modelName === undefined) return { kind: modelIs === 'file' ? 'archive' : 'folder' };
  const name = parseModelName(modelName);
  if ('uri' in name) {
    return name.archive ? { kind: 's3-archive', uri: name.uri } : { kind: 's3-prefix', uri: name.uri };
  }
  // The settings were checked: it is no problem.
  if (!('id' in name)) throw new Error(name.problem);
  const { id, revision } = name;
  return { kind: modelSource === 'hub' ? 'hub' : 'hub-copy', id, ...(revision && { revision }) };
}

/** For the project's scripts and its README. */
function wordsOf(place: Place): Pick<Origin, 'upload' | 'remark' | 'notInGit' | 'bring'> {
  switch (place.kind) {
    case 'archive':
      return {
        upload: 'packs model/ into model.tar.gz, uploads it',
        notInGit:
          'The model, which whoever reads the repository need not get. Without the next line git keeps it.',
        bring: 'copy the model there',
      };
    case 'folder':
      return {
        upload: 'uploads the files in model/ as they are',
        remark: resumed,
        notInGit: 'The model: gigabytes. Without the next line git keeps it, best with Git LFS.',
        bring: 'copy the model there',
      };
    case 'hub-copy':
      return {
        upload: `downloads ${place.id} to model/, and uploads it`,
        remark: `${resumed} It needs \`hf\` (\`pip install huggingface_hub\`) and, for models that ask for one, your token: \`hf auth login\`.`,
        notInGit: copyOf('on the Hub'),
        bring: 'deploy/upload_to_s3.sh downloads it there',
      };
    case 'hub':
      return {
        remark: `The container gets \`${place.id}\` from the Hugging Face Hub at each start, so it needs a way to the internet.`,
        notInGit: copyOf('on the Hub'),
        bring: '',
      };
    case 's3-prefix':
      return {
        remark: `The endpoint reads the model from \`${place.uri}\`: leave it unchanged while the endpoint is there.`,
        notInGit: copyOf('in S3'),
        bring: `aws s3 cp --recursive ${sh(place.uri)} model`,
      };
    case 's3-archive':
      return {
        remark: `The endpoint reads the model from \`${place.uri}\`: leave it unchanged while the endpoint is there.`,
        notInGit: copyOf('in S3'),
        bring: `mkdir model && aws s3 cp ${sh(place.uri)} - | tar -xzC model`,
      };
  }
}

const copyOf = (place: string) => `A copy of the model ${place}.`;

const resumed =
  'An upload that was interrupted goes on where it ended, and files that are there already are not sent again.';
