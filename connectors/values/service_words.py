"""Names of fields, words of stages 环节 and promises 承诺时限 of service items.

As window systems and their exports write them.
"""

import re

from connectors.contract import FaultError
from connectors.values.blank import is_blank
from connectors.values.spellings import spellings
from connectors.values.text import half_width
from schemas.reports.rejected import Reason
from schemas.reports.service import MOST_DAYS, ServiceStage

NAMES = spellings("""
itemNo: projectNo projId projectId bizNo acceptNo 办件编号 申办流水号 办件流水号 业务流水号 受理编号
taskCode: itemCode catalogCode implementCode 事项编码 实施编码 基本编码 事项代码
taskName: itemName taskTitle 事项名称 办理事项
theme: themeName oneThing 一件事 一件事名称 主题名称
state: projectState handleState status itemState 办件状态 办理状态 状态
stage: link linkName nodeName processName 办理环节 当前环节 环节名称 环节
step: stepNo linkNo processNo nodeNo 环节序号 过程编号
at: handleTime stageTime linkTime updateTime 办理时间 环节时间 状态时间 更新时间
applyTime: applyDate 申请时间 申请日期 申办时间 收件时间
acceptTime: acceptDate 受理时间 受理日期
correctionTime: 补正告知时间 补正时间
correctedTime: 补正受理时间 补正完成时间
finishTime: finishDate endTime 办结时间 办结日期 决定时间 实际办结时间
deliverTime: sendTime 送达时间 取件时间
promiseDays: promiseDay promiseLimit 承诺时限 承诺期限 承诺办结时限 承诺工作日
promiseTime: promiseDate deadline 承诺办结时间 承诺办结日期
applicant: applyName applyerName applicantName 申请人 申请人名称 申请人姓名 申请人(单位)
applicantType: applyType applyerType 申请人类型 申请对象类型
phone: contactMobile mobile telephone applyPhone 联系电话 申请人电话 联系手机 手机号码
idNumber: applyCardNumber applyerPageCode cardNo certNo 证件号码 申请人证件号码 身份证号
agent: contactName agentName 经办人 代理人 联系人
agentPhone: 经办人电话 代理人电话
agentIdNumber: contactIdcard 经办人证件号码 代理人证件号码
department: deptName orgName acceptDept 受理部门 办理部门 实施主体 承办部门
departmentCode: deptCode orgCode 部门编码 受理部门编码 组织机构代码
areaCode: divisionCode regionCode 区划代码 行政区划代码
gridCode: 网格编码
address: 地址 联系地址
note: opinion handleOpinion 办理意见 环节意见 备注
revision: version 版本号 修订号
""")
"""The names of public window systems, and of columns in their exports."""
WORDS: dict[ServiceStage, str] = {
    ServiceStage.APPLIED: "申请 收件 申办 已申请 待受理 预受理 已收件",
    ServiceStage.ACCEPTED: "受理 已受理 准予受理 予以受理",
    ServiceStage.CORRECTION: "补正 待补正 补正告知 一次性告知 补交 补齐补正 材料补正 补正中",
    ServiceStage.CORRECTED: "补正完成 已补正 补正受理 补正结束 补正后受理",
    ServiceStage.SPECIAL: "特别程序 特别程序开始 特别程序申请 挂起 暂停 听证 检验 检测 鉴定"
    " 专家评审 公示 公告 中止",
    ServiceStage.RESUMED: "特别程序结束 特别程序办结 解挂 恢复 恢复办理",
    ServiceStage.REVIEWED: "审查 审核 初审 复审 勘验 现场勘验 审查中 审核中 已审核 审批",
    ServiceStage.DECIDED: "决定 办结 已办结 准予许可 不予许可 准予 不予批准 批准 审批通过"
    " 办理完成 正常办结 即办办结 审批不通过 结案",
    ServiceStage.CERTIFIED: "制证 已制证 发证 颁证 证照制作 制证中",
    ServiceStage.DELIVERED: "送达 已送达 出件 已出件 取件 已取件 领取 已领取 已寄出",
    ServiceStage.WITHDRAWN: "撤回 撤件 已撤回 申请人撤回 撤销申请 主动撤回",
    ServiceStage.REFUSED: "不予受理 不受理 退件",
    ServiceStage.REOPENED: "重新办理 重新受理 重办 退回重办 撤销办结 恢复在办",
}
_STAGES = {word: stage for stage, text in WORDS.items() for word in text.split()} | {
    str(stage): stage for stage in ServiceStage
}
UNSPECIFIC = frozenset({"在办", "办理中", "处理中", "办理", "未办结", "正常"})
"""States that name no stage."""
AT_ONCE = frozenset({"即办", "即办件", "当场办结", "即时办结", "当场", "马上办"})
_DAYS = re.compile(r"(\d{1,4})(?:\.0*)?\s*个?(?:工作日|日|天|d|days)?", re.IGNORECASE)


def stage_named(written: str) -> ServiceStage | None:
    """Return the stage that a word names; None for a blank or a word such as 办理中.

    Raises `FaultError` bad_value for a word that is not known.
    """
    word = half_width(written).strip(" ()").lower()
    if is_blank(word) or word in UNSPECIFIC:
        return None
    if word not in _STAGES:
        raise FaultError(Reason.BAD_VALUE, f"{word[:40]!r} is no stage that is known")
    return _STAGES[word]


def working_days(written: str) -> int | None:
    """Return a promise in working days, 0 for 即办; None for a blank.

    Raises `FaultError` bad_value for other words, and for more than `MOST_DAYS`.
    """
    word = half_width(written).strip()
    if is_blank(word):
        return None
    if word in AT_ONCE:
        return 0
    match = _DAYS.fullmatch(word)
    if match is None or int(match[1]) > MOST_DAYS:
        detail = f"{word[:40]!r} is no number of working days, as 5 or 5个工作日"
        raise FaultError(Reason.BAD_VALUE, detail)
    return int(match[1])
