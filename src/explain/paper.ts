/** Styles a piece of text for a terminal; elsewhere it returns it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

const WIDTH = 100;
const NAME_WIDTH = 18;

/** Writes sections of aligned lines. */
export class Paper {
  readonly #paint: Paint;
  readonly #lines: string[] = [];

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  heading(text: string): void {
    if (this.#lines.length > 0) this.#lines.push('');
    this.#lines.push(this.#paint('bold', text));
  }

  /** `  name            value  (remark)` */
  row(name: string, value: string, remark?: string): void {
    const gap = name.length < NAME_WIDTH ? '' : '  ';
    const behind = remark === undefined ? '' : this.#paint('dim', `  (${remark})`);
    const label = this.#paint('dim', name.padEnd(NAME_WIDTH));
    this.#lines.push(name === '' && value === '' ? '' : `  ${label}${gap}${value}${behind}`);
  }

  /** As a row, with a sentence for its value. */
  proseRow(name: string, text: string): void {
    this.prose(name.padEnd(NAME_WIDTH), text);
  }

  /** A sentence, wrapped at words; what follows a first line is indented as far as its text. */
  prose(lead: string, text: string): void {
    const indent = ' '.repeat(2 + lead.length);
    let line = `  ${lead}`;
    let isEmpty = true;
    for (const word of text.split(' ')) {
      if (!isEmpty && line.length + 1 + word.length > WIDTH) {
        this.#lines.push(line);
        line = indent;
        isEmpty = true;
      }
      line += isEmpty ? word : ` ${word}`;
      isEmpty = false;
    }
    this.#lines.push(line);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
