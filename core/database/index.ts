export { checkKindFor } from './check.js';
export { compareFeatures } from './compareFeatures.js';
export {
  applyFeatures,
  digestFeatures,
  inspectImage,
  readFeatureRows,
  readFeatures,
  readRegistry,
} from './imageOperations.js';
export { CELL_SEPARATOR, RowDigests, differingRows, digestCount } from './rowDigests.js';
export { salvageFeatures } from './salvage/salvageFeatures.js';
export type { SalvageMethod, Salvaged, SalvagedFeature } from './salvage/types.js';
export { findSchemaHazard } from './schemaHazard.js';
export { beforeSqlEngineCompiles, hasLoadedSqlEngine } from './sqlEngine.js';
export { quoteName } from './tasks/featureTable.js';
export { timeLimitMs } from './timeLimit.js';
export type {
  CheckKind,
  CheckResult,
  Feature,
  FeatureChange,
  FeatureComparison,
  FeatureCounts,
  FeatureRow,
  FeatureTableShape,
  FieldChange,
  Inspection,
  RawValue,
  RegisteredProject,
} from './types.js';
