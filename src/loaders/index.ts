export { createLoaders, type LoaderOptions, type Loaders } from './create-loaders';
export type { LoadDefinition, LoadingTemplate, SourceDefinition } from './definitions';
export { type ListResult, type ListSource, LoadedList } from './list';
export type { ListRow } from './list-rows';
export type { Loader, LoadFailure, LoadManyRequest, LoadRequest, LoadResult } from './loader';
export { type PlannedCall, planCall } from './planned-call';
