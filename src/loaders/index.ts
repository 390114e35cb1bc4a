export { createLoaders, type LoaderOptions, type Loaders } from './create-loaders';
export type { LoadDefinition, LoadingTemplate, SourceDefinition } from './definitions';
export type { Loader, LoadFailure, LoadManyRequest, LoadRequest, LoadResult } from './loader';
