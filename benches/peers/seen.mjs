// What every client of this folder tells the bench: `ready`, and when the input has ended, as one line
// of JSON, each listener's triples [row, version, nanoseconds since the epoch].

/** Nanoseconds since the epoch, to some 100 ns. */
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1e6);

/** A listener's memory of every version of every row that it was shown. */
export class Seen {
  triples = [];
  #versions = new Map();

  note(row, version) {
    if (this.#versions.get(row) === version) return;
    this.#versions.set(row, version);
    this.triples.push([row, version, now()]);
  }
}

/** Say that every listener is connected; when the bench has closed our input and nothing more comes, report. */
export function report(listeners) {
  const count = () => listeners.reduce((sum, listener) => sum + listener.triples.length, 0);
  // Whoever falls behind may show nothing for seconds.
  const reportWhenQuiet = (counted, rounds) => {
    if (counted !== count() && rounds > 0) {
      setTimeout(reportWhenQuiet, 5000, count(), rounds - 1);
      return;
    }
    const line = JSON.stringify(listeners.map((listener) => listener.triples));
    process.stdout.write(`${line}\n`, () => process.exit(0));
  };
  process.stdin.resume();
  process.stdin.on('end', () => reportWhenQuiet(-1, 24));
  process.stdout.write('ready\n');
}
