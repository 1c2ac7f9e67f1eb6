"""插件管理 (§4): finds, configures and shields plugins; nobody else loads one."""
