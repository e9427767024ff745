import type { ReactElement } from "react";

/** The pictures of the application, as paths in a square of 16. */
const PATHS = {
  Home: "M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z",
  Runs: "M2.5 4h1M6 4h7.5M2.5 8h1M6 8h7.5M2.5 12h1M6 12h7.5",
  Pipelines: "M2 4.5h4v3H2zM10 2.5h4v3h-4zM10 10.5h4v3h-4zM6 6h2v-2h2M8 6v6h2",
  Data: "M3 4c0-1 2.2-1.7 5-1.7S13 3 13 4v8c0 1-2.2 1.7-5 1.7S3 13 3 12zM3 4c0 1 2.2 1.7 5 1.7S13 5 13 4M3 8c0 1 2.2 1.7 5 1.7S13 9 13 8",
  Features: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6 6.5v6",
  Models: "M8 2 13.5 5v6L8 14l-5.500-3V5zM2.500 5 8 8l5.500-3M8 8v6",
  Deployments: "M3 11.500h10M8 2.500v6.500M5 5.500l3-3 3 3",
  Automation: "M8.500 1.500 4 9h3.500l-.500 5.500L12 7H8z",
  Settings: "M2.500 4.500h7M12.500 4.500h1M2.500 11.500h1M6.500 11.500h7M9.500 3v3h2v-3zM4 10v3h2v-3z",
  search: "M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8M10 10l3.500 3.500",
  user: "M8 3a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5M3 13.500c.5-2.500 2.500-3.500 5-3.500s4.500 1 5 3.500",
  copy: "M5.500 5.500h7v7h-7zM3.500 10.500v-7h7",
  check: "M3.500 8.500 6.500 11.500 12.500 5",
  close: "M4 4l8 8M12 4l-8 8",
  menu: "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
  down: "M4 6.500 8 10.500 12 6.500",
  right: "M6.500 4 10.500 8 6.500 12",
  download: "M8 2.500v7.500M5 7l3 3 3-3M3 13h10",
  stop: "M4 4h8v8H4z",
  again: "M13 4v3.500H9.500M12.700 7A5 5 0 1 0 12.500 10",
  play: "M5 3.500l7 4.500-7 4.500z",
  theme: "M8 2.500a5.500 5.500 0 1 0 0 11z M8 2.500a5.500 5.500 0 1 1 0 11",
  keys: "M2 4.500h12v7H2zM4.500 7h.5M7 7h.5M9.500 7h.5M5 9.500h6",
  columns: "M2.500 3.500h11v9h-11zM6.500 3.500v9M10 3.500v9",
  more: "M4 8h.1M8 8h.1M12 8h.1",
  plus: "M8 3.500v9M3.500 8h9",
  lineage: "M2 3.500h4v3H2zM2 9.500h4v3H2zM10 6.500h4v3h-4zM6 5h1.500c1 0 1 3 2.500 3M6 11h1.500c1 0 1-3 2.500-3",
  lock: "M4 7h8v6.500H4zM5.500 7V5a2.500 2.500 0 0 1 5 0v2",
  file: "M4 2.500h5l3 3v8H4zM9 2.500v3h3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.35"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
