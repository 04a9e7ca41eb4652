export { checkKindFor } from './check.js';
export { compareFeatures, countDifferences } from './compareFeatures.js';
export { compareImages } from './compareImages.js';
export { featuresInWords } from './featuresInWords.js';
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
export type { SalvageMethod, SalvageResult, SalvagedFeature } from './salvage/salvagedFeature.js';
export { findSchemaHazard } from './schemaHazard.js';
export { beforeSqlEngineCompiles, hasLoadedSqlEngine } from './sqlEngine.js';
export { quoteName } from './tasks/featureTable.js';
export { timeLimitMs } from './runTask.js';
export type {
  Feature,
  FeatureChange,
  FeatureComparison,
  FeatureCounts,
  FeatureRow,
  FieldChange,
  RawValue,
} from './feature.js';
export type { CheckKind, CheckResult, FeatureTableShape, Inspection, RegisteredProject } from './inspection.js';
