import { createTheme, type MantineThemeOverride } from "@mantine/core";

/** The behaviour of Mantine's parts; colours are in styles/tokens.css, since the page allows no inline style sheet. */
export const theme: MantineThemeOverride = createTheme({
  components: {
    Button: { defaultProps: { size: "xs", variant: "default" } },
    ActionIcon: { defaultProps: { size: 28, variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", checkIconPosition: "right" } },
    MultiSelect: { defaultProps: { size: "xs", checkIconPosition: "right" } },
    TagsInput: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs", transitionDuration: 0 } },
    // Locking the scroll of the page would need an inline style sheet.
    Modal: { defaultProps: { lockScroll: false, transitionProps: { duration: 80 } } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 80 } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, transitionProps: { duration: 80 } } },
  },
});
