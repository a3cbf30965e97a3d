/** How stack traces look: of Python, of Java, of Node in a text and in Express's HTML, of Go. */
const traces: readonly RegExp[] = [
  /Traceback \(most recent call last\)|\.py", line \d/,
  /\bat [\w.$<>]{1,200}\([\w.]{1,100}:\d+\)/,
  /(?:&nbsp;|[ \t])at [^\n<]{0,300}(?:\/|node:)[^\n<:]{1,300}:\d+:\d+/,
  /goroutine \d+ \[\w/,
];

export const holdsTrace = (text: string): boolean => traces.some((trace) => trace.test(text));
