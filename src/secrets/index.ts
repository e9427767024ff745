export { openSecret, sealSecret } from "./cipher.ts";
export { HIDES_ALL, HIDES_NOTHING, type HiddenText, hiddenText } from "./hidden-text.ts";
export { addKey, createKeyLine, type KeyRing, openKeyFile, parseKeys, readKeyFile } from "./key-ring.ts";
export { SecretMasker } from "./masker.ts";
export { formsOf } from "./secret-forms.ts";
export {
  type GroupRecord,
  type GroupRef,
  type NewVariable,
  type VariableOwner,
  type VariableRecord,
  type VariableRepository,
  variableRepository,
} from "./variables.ts";
