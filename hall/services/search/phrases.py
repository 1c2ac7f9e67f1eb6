"""Words that say little about the item: asking, politeness, glue, and the verbs that half of the catalogue shares. Pure."""

import re

_ASKING = """
请问一下 你好 您好 请问 我想要 我想 想要 我要 帮我 麻烦 怎么样 怎么办理 怎么办 怎么弄 怎么 咋办理 咋办 咋弄 咋 如何办理 如何 什么样的 什么 啥
哪里 哪儿 哪个 哪些 需要办理 需要 需不需要 能不能 可不可以 可以 是不是 有没有 要不要 该去 去哪 去哪里 该 材料 资料 手续 流程 程序 多少钱 多久
多长时间 办理一下 一下 办理 要办 了吗 吗 呢 啊 呀 吧 一个 一家 在哪 怎样 得 应该 之前 以后 的话 上面
"""
_GENERIC = """
登记 审批 许可 核发 备案 办理 申请 申领 补领 补办 换领 换发 补发 变更 注销 延续 延期 过户 设立 认定 查询 证明 开具 资格 转移 新办 更正 报名
丢失 遗失 丢了 到期 服务 申报 核准 审核 经营 单位 企业 机构 项目 建设 管理 使用 生产 手续
"""
# What is asked, longest first so that 怎么办理 goes as a whole.
ASKING = re.compile("|".join(sorted(map(re.escape, _ASKING.split()), key=len, reverse=True)))
# What is handled counts more than how.
GENERIC = frozenset(_GENERIC.split())
# Single characters that hold phrases together.
GLUE = frozenset("的了我你他她在是有和与或也都去到给把被就要想能会个人办")
