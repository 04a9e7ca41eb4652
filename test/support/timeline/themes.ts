export type ThemeName = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

interface Theme {
  /** The class that VS Code gives the page's body. */
  readonly kind: string;
  readonly colors: Readonly<Record<string, string>>;
}

const font = { 'font-family': 'DejaVu Sans, sans-serif', 'font-size': '13px' };

/** The colours of VS Code's own themes, as far as the timeline uses them. */
export const themes: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    kind: 'vscode-dark',
    colors: {
      ...font,
      foreground: '#cccccc',
      descriptionForeground: '#9d9d9d',
      'editor-background': '#1f1f1f',
      focusBorder: '#0078d4',
      'charts-blue': '#59a4f9',
      'charts-green': '#89d185',
      'list-warningForeground': '#cca700',
      'charts-red': '#f14c4c',
      'button-background': '#0078d4',
      'button-foreground': '#ffffff',
      'button-hoverBackground': '#026ec1',
      'button-border': '#ffffff12',
      'button-secondaryBackground': '#313131',
      'button-secondaryForeground': '#cccccc',
      'button-secondaryHoverBackground': '#3c3c3c',
      'editorHoverWidget-background': '#202020',
      'editorHoverWidget-border': '#454545',
      'editorHoverWidget-foreground': '#cccccc',
      'widget-shadow': '#0000005c',
    },
  },
  light: {
    kind: 'vscode-light',
    colors: {
      ...font,
      foreground: '#3b3b3b',
      descriptionForeground: '#3b3b3b',
      'editor-background': '#ffffff',
      focusBorder: '#005fb8',
      'charts-blue': '#0063d3',
      'charts-green': '#388a34',
      'list-warningForeground': '#855f00',
      'charts-red': '#e51400',
      'button-background': '#005fb8',
      'button-foreground': '#ffffff',
      'button-hoverBackground': '#0258a8',
      'button-border': '#0000001a',
      'button-secondaryBackground': '#e5e5e5',
      'button-secondaryForeground': '#3b3b3b',
      'button-secondaryHoverBackground': '#cccccc',
      'editorHoverWidget-background': '#f8f8f8',
      'editorHoverWidget-border': '#c8c8c8',
      'editorHoverWidget-foreground': '#3b3b3b',
      'widget-shadow': '#00000029',
    },
  },
  highContrast: {
    kind: 'vscode-high-contrast',
    colors: {
      ...font,
      foreground: '#ffffff',
      descriptionForeground: '#ffffffb3',
      'editor-background': '#000000',
      focusBorder: '#f38518',
      contrastBorder: '#6fc3df',
      'charts-blue': '#3794ff',
      'charts-green': '#89d185',
      'charts-yellow': '#ffd370',
      'charts-red': '#f48771',
      'button-background': '#000000',
      'button-foreground': '#ffffff',
      'button-border': '#6fc3df',
      'button-secondaryForeground': '#ffffff',
      'editorHoverWidget-background': '#0c141f',
      'editorHoverWidget-border': '#6fc3df',
      'editorHoverWidget-foreground': '#ffffff',
    },
  },
  highContrastLight: {
    kind: 'vscode-high-contrast vscode-high-contrast-light',
    colors: {
      ...font,
      foreground: '#292929',
      descriptionForeground: '#292929b3',
      'editor-background': '#ffffff',
      focusBorder: '#006bbd',
      contrastBorder: '#0f4a85',
      'charts-blue': '#0063d3',
      'charts-green': '#374e06',
      'charts-yellow': '#895503',
      'charts-red': '#b5200d',
      'button-background': '#0f4a85',
      'button-foreground': '#ffffff',
      'button-secondaryBackground': '#ffffff',
      'button-secondaryForeground': '#0f4a85',
      'editorHoverWidget-background': '#ffffff',
      'editorHoverWidget-border': '#0f4a85',
      'editorHoverWidget-foreground': '#292929',
    },
  },
};
