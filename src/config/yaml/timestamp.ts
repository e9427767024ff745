/**
 * A bare date or time. YAML 1.1 makes `2024-01-31` a date, and the format takes dates nowhere; the value is kept apart
 * from text, so that `image: 2024-01-31` is refused while a parameter's default can still be passed on as Python prints
 * it.
 */
export class YamlTimestamp {
  /** As Python prints it: `2024-01-31` or `2024-01-31 10:00:00`. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
