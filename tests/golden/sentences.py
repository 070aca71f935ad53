"""A hundred texts of our own, English and Chinese, from one word to more than an encoder takes."""

_ENGLISH = (
    "The old sphere stood by the window, and its brass rings turned when you touched them. Every ring was a circle of "
    "the sky: the equator, the horizon, the path of the sun. Nothing was hidden, said the keeper; you can see where "
    "each star will rise, and why. A child asked whether words could be put on rings as well. They can, in a way! In "
    "2013 somebody gave each word 300 numbers, and words of one kind came to lie side by side. King and queen, Paris "
    "and France, 7 and 8: a step from one to the other is the same step somewhere else. It isn't magic, it's counting "
    '-- who stands next to whom, over and over (billions of times). The keeper wrote it down: v("king") - v("man") + '
    'v("woman"). "Is it always right?" No; bratwurst came 107th. Naïve readers, façades, e-mail to keeper@example.org, '
    "$3.50 a ticket; STILL, it turns."
)
_CHINESE = (
    "窗边立着一架古老的浑仪，铜环一碰就转。每一个环都是天上的一个圆：赤道、地平、太阳走的路。守仪人说，没有什么是藏起来的，每颗星"
    "从哪里升起、为什么，你都看得见。一个孩子问：词语也能放到环上吗？可以这么说！2013年，有人给每个词300个数，同一类的词便挨在一起。"
    "国王和王后，巴黎和法国，7和8：从这一个到那一个的一步，和别处的一步相同。这不是魔法，只是计数——谁和谁做邻居，数上几十亿遍。"
    "守仪人写道：“国王－男人＋女人”。它总是对的吗？不，香肠排在第107位。北京、上海、重庆的游客来了又去，門票三块五，ＡＢＣ，仍在转动。"
)


def texts() -> list[str]:
    """Stretches of the two, each longer than the one before; the last of each has more than 256 tokens."""
    words = _ENGLISH.split() * 4
    english = [" ".join(words[place : place + 1 + place * place // 16]) for place in range(50)]
    chinese = [(_CHINESE * 4)[3 * place : 4 * place + 1 + place * place // 12] for place in range(50)]
    return [*english[:-1], english[-1] * 3, *chinese[:-1], chinese[-1] * 3]
