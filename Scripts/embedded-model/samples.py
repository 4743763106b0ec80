"""Sentences around words: what the text encoder reads for a meaning."""

import random

CHINESE = (
    "一张{}的照片,{}的照片,{}的图片,一张{}的图,这是{},有{}的照片,照片里的{},拍到{}的照片,{}特写,一个{},一只{},一头{},一条{},"
    "一辆{},一架{},一艘{},一把{},一张{},一件{},一双{},一碗{},一杯{},一盘{},一朵{},一棵{},一匹{},一座{},一台{},一块{},一顶{},"
    "一瓶{},一片{},一群{},一堆{},两个{},两只{},三个{},几个{},很多{},许多{},我家的{},我的{},可爱的{},漂亮的{},美丽的{},大{},小{},"
    "新鲜的{},老{},旧{},红色的{},蓝色的{},绿色的{},黄色的{},白色的{},黑色的{},粉色的{},紫色的{},棕色的{},灰色的{},"
    "桌上的{},桌子上的{},地上的{},超市里的{},路边的{},房间里的{},一只可爱的{},一个红色的{},一张清晰的{}照片,找{},{}图"
).split(",")
ENGLISH = "a photo of a {},a {},a picture of {},{} photo,the {},two {},a small {},a red {}".split(",")
JOINED = "{}和{},{}与{},有{}和{}的照片,{}旁边的{}".split(",")
# The second noun is what the picture is of.
PLACED = "{}上的{},{}里的{},{}前的{}".split(",")


def sentence(word: str, draw: random.Random) -> str:
    """A Chinese sentence about a word."""
    return draw.choice(CHINESE).format(word)


def english_sentence(word: str, draw: random.Random) -> str:
    """An English one."""
    return draw.choice(ENGLISH).format(word)
