"""示范数据: people, staff and cases over every state, made by the same commands that people's clicks call."""
