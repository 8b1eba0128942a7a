"""Templates of answers 答复模板: beginnings that a unit completes. Pure.

An answer says what was found, what was done, and what follows, as 12345 hotlines ask for.
"""

from typing import NamedTuple


class AnswerTemplate(NamedTuple):
    """A name, and a text whose gaps are marked by ＿＿."""

    name: str
    text: str


ANSWER_TEMPLATES: tuple[AnswerTemplate, ...] = (
    AnswerTemplate(
        "已解决", "经现场核实，您反映的情况属实。已于＿＿完成＿＿，问题已解决。感谢您的反映。"
    ),
    AnswerTemplate(
        "分步解决",
        "经核实，您反映的情况属实。已先行＿＿；＿＿列入＿＿计划，预计＿＿完成，届时再向您说明。",
    ),
    AnswerTemplate(
        "政策解释", "您反映的事项适用＿＿第＿＿条，规定为＿＿。因此＿＿。如有疑问可致电＿＿。"
    ),
    AnswerTemplate(
        "情况不实", "经现场核实，＿＿，与反映的情况不符。核实人＿＿，如有新情况请再反映。"
    ),
    AnswerTemplate(
        "暂不能解决", "经核实，您反映的＿＿目前因＿＿暂不能解决。可采取＿＿，我们将＿＿。"
    ),
    AnswerTemplate("不属职权", "您反映的事项由＿＿负责，依据＿＿。已为您联系＿＿，电话＿＿。"),
)
GAP = "＿＿"
"""What a person must fill in: an answer that still has it is refused."""
