/** Formats to choose from: what a locale writes, not which language the page speaks. */
const LOCALES = `en-IE en-GB en-US en-CA en-AU en-NZ en-IN en-ZA de-DE de-AT de-CH fr-FR fr-BE fr-CH fr-CA it-IT it-CH
es-ES es-MX es-AR pt-PT pt-BR nl-NL nl-BE da-DK sv-SE nb-NO fi-FI is-IS et-EE lv-LV lt-LT pl-PL cs-CZ sk-SK hu-HU
sl-SI hr-HR ro-RO bg-BG el-GR tr-TR uk-UA he-IL ja-JP ko-KR zh-CN zh-TW th-TH vi-VN id-ID`.split(/\s+/);

/** The currency of a region: what someone there most likely counts in. */
const CURRENCY_OF_REGION: Record<string, string> = Object.fromEntries(
  `EUR:AT,BE,CY,DE,EE,ES,FI,FR,GR,HR,IE,IT,LT,LU,LV,MT,NL,PT,SI,SK GBP:GB USD:US,EC,SV CAD:CA AUD:AU NZD:NZ INR:IN
  ZAR:ZA CHF:CH,LI MXN:MX ARS:AR BRL:BR DKK:DK SEK:SE NOK:NO ISK:IS PLN:PL CZK:CZ HUF:HU RON:RO BGN:BG TRY:TR UAH:UA
  ILS:IL JPY:JP KRW:KR CNY:CN TWD:TW THB:TH VND:VN IDR:ID SGD:SG HKD:HK MYR:MY PHP:PH CLP:CL COP:CO PEN:PE NGN:NG
  KES:KE EGP:EG MAD:MA SAR:SA AED:AE`
    .trim()
    .split(/\s+/)
    .flatMap((entry) => {
      const [currency, regions] = entry.split(':') as [string, string];
      return regions.split(',').map((region) => [region, currency]);
    }),
);

/** Zones tell the region better than the browser's language: many read English anywhere. */
const REGION_OF_ZONE: Record<string, string> = {
  'Europe/Berlin': 'DE', 'Europe/Vienna': 'AT', 'Europe/Zurich': 'CH', 'Europe/Paris': 'FR', 'Europe/Rome': 'IT',
  'Europe/Madrid': 'ES', 'Europe/Lisbon': 'PT', 'Europe/Amsterdam': 'NL', 'Europe/Brussels': 'BE',
  'Europe/Dublin': 'IE', 'Europe/London': 'GB', 'Europe/Copenhagen': 'DK', 'Europe/Stockholm': 'SE',
  'Europe/Oslo': 'NO', 'Europe/Helsinki': 'FI', 'Europe/Warsaw': 'PL', 'Europe/Prague': 'CZ',
  'Europe/Budapest': 'HU', 'Europe/Athens': 'GR', 'Europe/Istanbul': 'TR', 'Europe/Kyiv': 'UA', 'Asia/Tokyo': 'JP',
  'Asia/Seoul': 'KR', 'Asia/Kolkata': 'IN', 'Asia/Shanghai': 'CN', 'Asia/Taipei': 'TW', 'Asia/Bangkok': 'TH',
  'Asia/Singapore': 'SG', 'Asia/Hong_Kong': 'HK', 'Australia/Sydney': 'AU', 'Pacific/Auckland': 'NZ',
  'America/New_York': 'US', 'America/Chicago': 'US', 'America/Denver': 'US', 'America/Los_Angeles': 'US',
  'America/Toronto': 'CA', 'America/Vancouver': 'CA', 'America/Mexico_City': 'MX', 'America/Sao_Paulo': 'BR',
};

/** Regions whose weeks start on Sunday or Saturday; all others start on Monday. */
const SUNDAY_REGIONS = new Set('US CA MX BR JP KR TW HK IL IN TH ID PH ZA CO PE SA VN'.split(' '));

export interface Guess {
  locale: string;
  currency: string;
  timeZone: string;
  firstDayOfWeek: number;
}

/** The most likely answers, from what the browser says. */
export function guess(languages: readonly string[], timeZone: string): Guess {
  const locale = knownLocale(languages) ?? 'en-IE';
  const region = REGION_OF_ZONE[timeZone] ?? regionOf(locale);
  return {
    locale,
    timeZone,
    currency: CURRENCY_OF_REGION[region] ?? 'EUR',
    firstDayOfWeek: SUNDAY_REGIONS.has(region) ? 7 : 1,
  };
}

const regionOf = (locale: string): string => new Intl.Locale(locale).maximize().region ?? '';

/** The first language that can be offered as it is, or in its usual region. */
function knownLocale(languages: readonly string[]): string | undefined {
  for (const language of languages) {
    if (LOCALES.includes(language)) return language;
    const { language: code, region } = new Intl.Locale(language).maximize();
    const usual = LOCALES.find((locale) => locale === `${code}-${region}`) ?? LOCALES.find((l) => l.startsWith(`${code}-`));
    if (usual) return usual;
  }
  return undefined;
}

export interface Option {
  value: string;
  label: string;
}

/** Locales by their name in the page's language, with the one in use even if it is none of ours. */
export function localeOptions(language: string, current?: string): Option[] {
  const names = new Intl.DisplayNames([language], { type: 'language', languageDisplay: 'standard' });
  const all = current && !LOCALES.includes(current) ? [current, ...LOCALES] : LOCALES;
  return all
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .toSorted((a, b) => Number(b.value.startsWith('en')) - Number(a.value.startsWith('en')) || a.label.localeCompare(b.label));
}

/** Currencies that are money somewhere today, the likeliest first. */
export function currencyOptions(language: string, likely: string[]): { first: Option[]; all: Option[] } {
  const names = new Intl.DisplayNames([language], { type: 'currency' });
  const option = (value: string): Option => ({ value, label: `${value} · ${names.of(value) ?? value}` });
  const common = [...new Set([...likely, 'EUR', 'USD', 'GBP', 'CHF', 'JPY'])];
  const rest = Intl.supportedValuesOf('currency').filter((code) => !common.includes(code) && !/^X[A-Z]{2}$/.test(code));
  return { first: common.map(option), all: [...rest, 'XAF', 'XOF', 'XPF'].toSorted().map(option) };
}

export function timeZones(current: string): string[] {
  return [...new Set([current, 'UTC', ...Intl.supportedValuesOf('timeZone')])].toSorted();
}
