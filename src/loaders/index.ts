export {
  createLoaders,
  type LoaderOptions,
  type Loaders,
  type LoadingTemplate,
  type SourceDefinition,
} from './create-loaders';
export type { Loader, LoadFailure, LoadRequest, LoadResult } from './loader';
