import type { ReactElement } from "react";

export function SmoothingSlider({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (value: number) => void;
}): ReactElement {
  return (
    <label className="row tight small">
      smoothing
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={value}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
      <span className="number">{value.toFixed(2)}</span>
    </label>
  );
}
