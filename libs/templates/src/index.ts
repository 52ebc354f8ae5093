export {
  compileTemplate,
  type CompiledTemplate,
  type Rendered,
  type TemplateContent,
} from './compile-template.ts';
export { parseTemplateData, type TemplateData } from './template-data.ts';
