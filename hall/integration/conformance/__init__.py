"""合规测试 (§4 开发规范): what every plugin of a port must do, as rules that anybody runs on theirs: `hall plugin test NAME`."""
