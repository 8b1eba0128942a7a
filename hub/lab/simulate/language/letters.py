"""Letters 书信套话: what people write around a matter, whatever the matter is."""

import random

LETTERS = (
    "你好，我想咨询一件事：{c}请问这种情况有什么规定，该到哪个部门办理？",
    "请问{c}有没有相关政策，什么时候能有结果，盼回复。",
    "我要实名投诉！{c}请有关部门严肃查处，不要互相推诿，给老百姓一个交代。",
    "尊敬的领导：您好！感谢您在百忙之中看我的来信。我是一名普通群众，{c}我们多次向上反映都没有结果，"
    "恳请您关心此事，协调有关单位解决，谢谢！",
    "市民来电反映：{c}要求相关部门核实处理并回复。",
    "没有别的办法才来留言，{c}求求帮帮忙，万分感谢。",
    "提个建议，{c}希望早日重视起来，把好事办好。",
    "事情是这样的，家里就靠打工过日子，平时也不懂这些。{c}电话打了无数个，跑了好几趟，每次都说等通知，"
    "到底要等到什么时候？",
)
"""Each goes around any matter, so that its tone decides nothing."""


def in_a_letter(draw: random.Random, text: str) -> str:
    """Return a text inside the usual phrases of a random letter."""
    return draw.choice(LETTERS).replace("{c}", text)
