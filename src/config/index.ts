export { ListTemplate } from '../base/patterns/list-template';
export { TemplateError, TextTemplate } from '../base/patterns/text-template';
export {
  ALERT_MEASURES,
  ALERTS_DEFAULT,
  type AlertMeasure,
  type AlertRule,
  type AlertSections,
  type WebhookConfig,
} from './alerts-section';
export { type CommandLine, parseCommandLine } from './command-line';
export { ConfigError } from './config-error';
export { printDuration, printSize } from './kinds';
export { type ConfigInput, type Loaded, loadConfig } from './load-config';
export {
  compileLoad,
  type HttpLoad,
  type Load,
  type LoadSection,
  load as LOAD_SECTION,
  type ModuleLoad,
  type SqlLoad,
} from './load-section';
export { type MachineLimits, readMachineLimits } from './machine-limits';
export type { RuleSections } from './rule-sections';
export type { Sections } from './sections';
export { type Config, SETTINGS, type SettingName } from './settings';
export { describeSettings, SettingRefused, type SettingRow, Settings } from './settings-runtime';
export { compileSources, type HttpSourceConfig, type SourceConfig, type SqlSourceConfig } from './source-section';
export { compileTemplates, type KeyMatch, type KeyTemplate, KeyTemplates, type Params } from './templates';
export type { WarmSections } from './warm-section';
export { checkWarmTask, type WarmKnown, type WarmTaskSpec } from './warm-task';
