export { applyFeatures } from './applyFeatures.js';
export { checkKindFor } from './check.js';
export { compareFeatures } from './compareFeatures.js';
export { digestFeatures } from './digestFeatures.js';
export { inspectImage } from './inspectImage.js';
export { readFeatureRows, readFeatures } from './readFeatures.js';
export { readRegistry } from './readRegistry.js';
export { CELL_SEPARATOR, RowDigests, differingRows, digestCount } from './rowDigests.js';
export { salvageFeatures } from './salvage/salvageFeatures.js';
export type { SalvageMethod, Salvaged, SalvagedFeature } from './salvage/types.js';
export { findSchemaHazard } from './schemaHazard.js';
export { hasLoadedSqlEngine } from './sqlEngine.js';
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
