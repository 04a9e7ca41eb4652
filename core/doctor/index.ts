export { examineProject, type DoctorReport } from './examineProject.js';
export type { DoctorCheck, DoctorLink, DoctorNode } from './check.js';
export { findUnopenedProject, type UnopenedProject } from './unopenedProject.js';
