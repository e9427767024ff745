import { Button } from "@mantine/core";
import { type ReactElement, useState } from "react";

interface ConfirmedProps {
  readonly word: string;
  readonly label?: string;
  readonly question?: string | undefined;
  readonly onConfirm: () => void;
}

/** A button that asks once more, since what it does is not undone. */
export function Confirmed({ word, label = word, question = `${word}?`, onConfirm }: ConfirmedProps): ReactElement {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking)
    return (
      <Button size="compact-sm" aria-label={label} onClick={() => setAsking(true)}>
        {word}
      </Button>
    );
  return (
    <span className="row tight nowrap confirm">
      <Button size="compact-sm" color="red" variant="outline" onClick={onConfirm} data-autofocus>
        {question}
      </Button>
      <Button size="compact-sm" onClick={() => setAsking(false)}>
        Keep
      </Button>
    </span>
  );
}
