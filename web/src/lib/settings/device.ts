const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

export interface Software {
  browser: string | undefined;
  system: string | undefined;
  handheld: boolean;
}

/** What a browser says of itself, in words; other clients send their own name. */
export function deviceOf(userAgent: string): Software {
  const named = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = named(SYSTEMS);
  const program = /^([\w-]+)\/[\d.]+$/.exec(userAgent.trim())?.[1];
  return { browser: named(BROWSERS) ?? program, system, handheld: system === 'Android' || system === 'iOS' };
}
