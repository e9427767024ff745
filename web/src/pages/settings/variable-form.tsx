import { Button, Checkbox, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";

export interface VariableFormProps {
  /** The project's own groups. */
  readonly groups: readonly string[];
  readonly onSet: (make: () => Promise<unknown>) => Promise<boolean>;
}

/** Sets a variable or a secret. The value of a secret is not kept in the page once it is sent. */
export function VariableForm({ groups, onSet }: VariableFormProps): ReactElement {
  const { ref } = useProject();
  const [isSecret, setSecret] = useState(false);
  const send = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const group = String(given.get("group")).trim();
    const body = {
      name: String(given.get("name")).trim(),
      // A form has line ends of its own.
      value: String(given.get("value")).replaceAll("\r\n", "\n"),
      secret: isSecret,
      ...(group !== "" && { group }),
    };
    const set = onSet(() => call("PUT", "/api/v0/projects/:project/variables/", { params: { project: ref }, body }));
    void set.then((isSet) => isSet && form.reset());
  };
  return (
    <form className="block variable-form" onSubmit={send} autoComplete="off">
      <h2>Set a variable</h2>
      <TextInput label="Name" name="name" placeholder="AWS_REGION" required maxLength={200} />
      <Textarea
        label="Value"
        name="value"
        rows={1}
        autosize={false}
        spellCheck={false}
        className={isSecret ? "masked" : ""}
      />
      <TextInput label="Group" name="group" placeholder="none: every step gets it" list="variable-groups" />
      <datalist id="variable-groups">
        {groups.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Checkbox
        label="secret, never shown again"
        checked={isSecret}
        onChange={(event) => setSecret(event.currentTarget.checked)}
      />
      <Button type="submit">Set</Button>
    </form>
  );
}
