import { Select, Switch, Textarea, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import type { FormField } from "./form-fields.ts";

interface FieldInputProps {
  readonly field: FormField;
  readonly texts: readonly string[];
  readonly onChange: (texts: readonly string[]) => void;
}

/** A field by the type of its value. The typed text goes to the server as it is, which reports the errors in it. */
export function FieldInput({ field, texts, onChange }: FieldInputProps): ReactElement {
  const { name, kind, type, choices, isList, isOptional } = field;
  const label = kind === "input" ? `${name} (input)` : name;
  const common = { label, description: hintOf(field), withAsterisk: !isOptional && texts.length === 0 };
  if (type === "flag")
    return (
      <Switch
        label={label}
        description={field.description}
        checked={texts[0] === "true" || texts[0] === "True" || texts[0] === "1"}
        onChange={(event) => onChange([event.currentTarget.checked ? "true" : "false"])}
      />
    );
  if (choices !== undefined && !isList)
    return (
      <Select
        {...common}
        data={[...choices]}
        value={texts[0] ?? null}
        clearable={isOptional}
        onChange={(chosen) => onChange(chosen === null ? [] : [chosen])}
      />
    );
  if (isList)
    return (
      <Textarea
        {...common}
        autosize
        minRows={1}
        maxRows={8}
        placeholder={kind === "input" ? "a URI a line" : "a value a line"}
        value={texts.join("\n")}
        onChange={(event) => onChange(event.currentTarget.value.split("\n").filter((line) => line.trim() !== ""))}
      />
    );
  return (
    <TextInput
      {...common}
      inputMode={type === "string" ? "text" : "decimal"}
      value={texts[0] ?? ""}
      onChange={({ currentTarget: { value } }) => onChange(value === "" && type !== "string" ? [] : [value])}
    />
  );
}

function hintOf({ description, min, max, type, initial }: FormField): string {
  const range = [min === undefined ? "" : `from ${min}`, max === undefined ? "" : `to ${max}`]
    .filter(Boolean)
    .join(" ");
  const kind = { integer: "a whole number", float: "a number", string: "", flag: "" }[type];
  const usual = initial.length === 0 ? "" : `default ${initial.join(", ")}`;
  return [description, [kind, range].filter(Boolean).join(" "), usual].filter(Boolean).join(" · ");
}
