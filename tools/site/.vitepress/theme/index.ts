/** The default theme, with a few lines of style. */
import DefaultTheme from "vitepress/theme";
import "./style.css";

export default DefaultTheme;
