import { Modal } from "@mantine/core";
import type { ReactElement } from "react";
import { ROOMS } from "../address-map.ts";

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["Ctrl K", "/"], "search runs, executions, files and pipelines"],
  [["?"], "this list"],
  [["n"], "start a run"],
  ...ROOMS.filter(({ isThere }) => isThere).map(({ name, key }) => [[`g ${key}`], `go to ${name}`] as const),
  [["j", "k"], "next, previous row of a list"],
  [["Enter", "o"], "open the row"],
  [["x"], "choose the row; then compare"],
  [["["], "previous run"],
  [["]"], "next run"],
  [["e"], "in a log: to the first error"],
  [["Esc"], "close what is open"],
];

export function Shortcuts({
  opened,
  onClose,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
}): ReactElement {
  return (
    <Modal opened={opened} onClose={onClose} title="Shortcuts" size="sm" closeButtonProps={{ "aria-label": "Close" }}>
      <dl className="facts-list">
        {KEYS.map(([keys, does]) => (
          <div key={does} className="contents">
            <dt className="row tight">
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
