export { openSuppressionList, type SuppressionList } from './open-suppression-list.ts';
