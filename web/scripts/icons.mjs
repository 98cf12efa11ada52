// Writes src/lib/ui/icons.ts: the shapes of the lucide icons that the client uses, and no others.
import { readFileSync, writeFileSync } from 'node:fs';

const shell = `arrow-down arrow-left arrow-right arrow-up calendar calendar-clock chart-column chart-line check
chevron-down chevron-left chevron-right chevrons-up-down circle-alert circle-check circle-help circle-plus clock
cloud-off copy delete ellipsis external-link eye eye-off file file-down grip-vertical history info
keyboard landmark layout-dashboard layout-panel-left list list-filter lock log-out monitor moon move
notebook-tabs octagon-alert palette pencil-line plus refresh-cw rotate-ccw search server settings-2 shapes shield
smartphone split store sun sun-moon tag trash-2 trending-up undo-2 upload user-round user-round-plus users-round x
arrow-left-right message-square paperclip wallet
check-check circle circle-x download loader-circle triangle-alert`;

// Category and account icons come from the server by name; these are the ones that can be chosen.
const categories = `baby badge-euro banknote bed bike book-open briefcase bus cake camera car cat church coffee coins
credit-card dog droplet drum dumbbell film flame flower-2 fuel gamepad-2 gem gift glasses graduation-cap hammer
hand-coins hand-heart heart heart-pulse house key-round lamp laptop leaf library lightbulb luggage map-pin martini
medal music paintbrush package party-popper paw-print percent phone piggy-bank pill pizza plane plug puzzle
receipt receipt-text repeat scale school scissors shirt shopping-bag shopping-basket shopping-cart sofa sparkles
sprout square-parking stethoscope sun-snow ticket toy-brick train-front tram-front trees truck tv umbrella utensils
volleyball wallet-cards washing-machine wifi wine wrench zap hand-helping hotel building-2 newspaper bath
circle-dollar-sign badge-percent armchair wallet-minimal bed-double car-taxi-front chef-hat circle-ellipsis droplets
users shield smartphone landmark circle-plus tag`;

const outline = (name) => {
  const file = new URL(`../node_modules/lucide-static/icons/${name}.svg`, import.meta.url);
  return readFileSync(file, 'utf8')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace('</svg>', '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .replace(/ \/>/g, '/>')
    .trim();
};

const names = (text) => text.split(/\s+/).filter(Boolean);
const unique = [...new Set([...names(shell), ...names(categories)])].sort();
const lines = unique.map((name) => `  '${name}': '${outline(name)}',`);

writeFileSync(
  new URL('../src/lib/ui/icons.ts', import.meta.url),
  `// Made by \`npm run icons\` from lucide (ISC licence). Do not edit by hand.
export const icons = {
${lines.join('\n')}
} as const;

export type IconName = keyof typeof icons;

/** The icons that a category may carry, in the order of the chooser. */
export const categoryIcons = ${JSON.stringify(names(categories))} as IconName[];
`,
);
console.log(`${unique.length} icons`);
