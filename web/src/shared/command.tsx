import { ActionIcon, Tooltip } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Icon } from "./icon.tsx";

/** A command of the command line that does the same, to copy. */
export function CommandText({ command }: { readonly command: string }): ReactElement {
  return (
    <div className="command">
      <code>{command}</code>
      <Copy text={command} what="the command" />
    </div>
  );
}

export function Copy({ text, what }: { readonly text: string; readonly what: string }): ReactElement {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <Tooltip label={copied ? "Copied" : `Copy ${what}`}>
      <ActionIcon size={20} onClick={() => void copy()} aria-label={`Copy ${what}`}>
        <Icon name={copied ? "check" : "copy"} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}
