// A stand-in for how Teams dresses cards: sizes, colours and buttons close to the Teams client, in our own words. It
// is for looking at cards, not for measuring them: the real clients differ from each other as well.

const THEMES = {
  light: { page: '#f5f5f5', card: '#ffffff', panel: '#f5f5f5', text: '#242424', subtle: '#616161', line: '#d1d1d1', accent: '#5b5fc7', good: '#e7f2da', attention: '#fdf3f4', waiting: '#e8ebfa', primary: '#5b5fc7', onPrimary: '#ffffff', destructive: '#c4314b' },
  dark: { page: '#1f1f1f', card: '#292929', panel: '#333333', text: '#ffffff', subtle: '#adadad', line: '#525252', accent: '#9299f7', good: '#0d2e0d', attention: '#3f1011', waiting: '#2f2f4a', primary: '#4f52b2', onPrimary: '#ffffff', destructive: '#f9526b' },
  contrast: { page: '#000000', card: '#000000', panel: '#000000', text: '#ffffff', subtle: '#ffffff', line: '#ffffff', accent: '#ffff01', good: '#000000', attention: '#000000', waiting: '#000000', primary: '#1aebff', onPrimary: '#000000', destructive: '#1aebff' },
};
const FONT = "'Segoe UI', 'Open Sans', 'Noto Sans', 'Noto Sans Arabic', 'Noto Color Emoji', 'DejaVu Sans', sans-serif";

export function hostConfig(theme) {
  const c = THEMES[theme];
  const pair = (colour) => ({ default: colour, subtle: c.subtle });
  const foregroundColors = {
    default: pair(c.text), dark: pair('#242424'), light: pair('#ffffff'), accent: pair(c.accent),
    good: pair(c.text), warning: pair(c.text), attention: pair(c.text),
  };
  const style = (backgroundColor) => ({ backgroundColor, borderColor: c.line, foregroundColors });
  return {
    supportsInteractivity: true,
    fontFamily: FONT,
    spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
    separator: { lineThickness: 1, lineColor: c.line },
    fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
    fontWeights: { lighter: 300, default: 400, bolder: 600 },
    containerStyles: { default: style(c.card), emphasis: style(c.panel), accent: style(c.waiting), good: style(c.good), attention: style(c.attention), warning: style(c.waiting) },
    actions: {
      maxActions: 6, spacing: 'default', buttonSpacing: 8, actionsOrientation: 'horizontal', actionAlignment: 'left',
      showCard: { actionMode: 'inline', inlineTopMargin: 12, style: 'emphasis' },
    },
    factSet: { title: { weight: 'bolder', wrap: true, maxWidth: 120 }, value: { wrap: true }, spacing: 12 },
    inputs: { label: { requiredInputs: { weight: 'bolder' }, optionalInputs: { weight: 'bolder' } } },
  };
}

export function style(theme, width, columns) {
  const c = THEMES[theme];
  return `
    * { box-sizing: border-box }
    body { margin: 0; background: ${c.page}; font-family: ${FONT} }
    main { padding: 16px; columns: ${columns} ${width}px; column-gap: 16px; background: ${c.page}; width: ${columns * (width + 16) + 16}px }
    figure { margin: 0 0 16px; break-inside: avoid } figcaption { color: ${c.subtle}; font-size: 12px; padding: 0 0 4px 2px }
    .card { width: ${width}px; background: ${c.card}; border: 1px solid ${c.line}; border-radius: 6px; overflow: hidden }
    .card p { margin: 0 } .card ul { margin: 0; padding-left: 20px }
    .ac-actionSet { flex-wrap: wrap; row-gap: 8px }
    .ac-pushButton { font: 600 14px ${FONT}; padding: 5px 12px; min-height: 32px; border-radius: 4px; background: ${c.card}; color: ${c.text}; border: 1px solid ${c.line}; overflow: hidden; text-overflow: ellipsis; max-width: 100% }
    .ac-pushButton.style-positive { background: ${c.primary}; color: ${c.onPrimary}; border-color: ${c.primary} }
    .ac-pushButton.style-destructive { color: ${c.destructive}; border-color: ${c.destructive} }
    .ac-image.ac-personImage, .ac-image.ac-personImage img { border-radius: 50% }
    .card > .ac-adaptiveCard > .ac-container { ${theme === 'contrast' ? `outline: 1px solid ${c.line}; outline-offset: -1px;` : ''} }
    .ac-pushButton.expanded { background: ${c.panel} }
    .ac-input { font: 14px ${FONT}; color: ${c.text}; background: ${c.card}; border: 1px solid ${c.line}; border-radius: 4px; padding: 6px; width: 100% }
    input[type=radio], input[type=checkbox] { width: auto; accent-color: ${c.accent} }
    .ac-choiceSetInput-expanded, .ac-choiceSetInput-multiSelect { border: 0; padding: 0 }
    label { color: ${c.text} }
    a { color: ${c.accent} }`;
}
