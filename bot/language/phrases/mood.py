"""Whether a sentence asks for something to be done at all, and in what sense it is meant if it does not.

The rule of the house: nothing is proposed unless the sentence reads like a request. Everything here works on folded text
(see text.fold), on which positions are those of the message.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.language.phrases.wording import Wording, split


class Mood(StrEnum):
    """How a sentence is meant. Only ORDER and STATE may propose."""

    ORDER = "order"
    STATE = "state"
    QUESTION = "question"
    STATUS = "status"
    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    REPORTED = "reported"
    PAST = "past"
    JOKE = "joke"
    MACHINE = "machine"
    HUMAN = "human"
    CANCEL = "cancel"
    CHAT = "chat"
    TEXT = "text"


BECAUSE = {
    Mood.NEGATED: "this says what should not be done",
    Mood.HYPOTHETICAL: "this reads like a hypothetical",
    Mood.REPORTED: "this reports what somebody else said",
    Mood.PAST: "this reads like something that has happened",
    Mood.JOKE: "this reads like a joke",
    Mood.MACHINE: "instructions to the machine are read as plain text",
}

_QUOTED_LINE = re.compile(r"(?m)^[ \t]*>.*$")
_FORWARDED = re.compile(
    r"(?ms)^[ \t]*(?:-{2,}.{0,10}(?:forwarded|original) message|begin forwarded message|from: .{1,200}\n(?:sent|date|to|subject): |on .{4,80} wrote:).*\Z"
)
_FENCE = re.compile(r"(?s)```.*?(?:```|\Z)|<(?P<tag>[a-z_]{2,20})>.*?</(?P=tag)>")
_JSON = re.compile(r"[{\[][^{}\[\]]{0,2000}[\"':][^{}\[\]]{0,2000}[}\]]")
_STRING = re.compile(r"\"([^\"\n]{1,400})\"|(?<!\w)'([^'\n]{2,400})'(?!\w)")
_MACHINE = re.compile(
    r"^\W*(?:system|assistant|developer|tool|function|admin override|user|bot|ai)\s*(?:prompt|message|note|call)?\s*:|\bignore (?:all |any )?(?:the )?(?:previous|prior|above|your|earlier)\b"
    r"|\byou (?:are|have been|were|'ve been) (?:now |already |hereby )?(?:approved|authori[sz]ed|an? |in |root|admin|allowed|permitted|pre-?approved)|\bapproval (?:is |was |has been )?(?:granted|given|not needed|not required)"
    r"|\b(?:tool_call|function_call|as an ai|jailbreak|developer mode|new instructions?:|override policy|bypass)\b|\bpre-?approved by (?:the )?(?:system|policy)|\bcall the (?:tool|function)\b"
)
_REPORTED = re.compile(
    r"\b(?:said|says|saying|wrote|writes|claims?|claimed|mentioned|heard|i hear|hear that|rumou?rs?|rumou?red|apparently|supposedly|allegedly|reportedly|gossip|word is|told (?:me|us|him|her|them|everyone)|announced|overheard|ask(?:s|ed)? (?:me |us |you )?(?:whether|if|about|why|how|what|when|who)|wonders|word has it|they say|people say|according to|quote)\b"
)
_HYPOTHETICAL = re.compile(
    r"\bwhat if\b|\bwhat (?:would|will|happens|could|does|might)\b.{0,60}\bif\b|\bwhat happens (?:when|if|after|once)|\bhow about if\b|\bif (?:i|we|you|they|he|she|someone|somebody|it)\b(?! could| can| would please| don.?t mind| would)|\bif \w+(?: \w+)? (?:were|was|had|would|asks?|calls?|leaves|left|ever|quits|agrees|says|gets|approves|does|needs|wants)\b"
    r"|\b(?:suppose|supposing|imagine|hypothetically|in theory|theoretically|let'?s say|say we|assuming|pretend|thought experiment)\b|\bshould (?:i|we|someone|somebody|it|they|he|she)\b|\b(?:thinking|think) (?:of|about) \w+ing\b|\bconsidering\b"
    r"|\b(?:might|may|maybe|perhaps|possibly|probably)\b.{0,30}\b(?:should|need|want|have|could|will|would)\b|\b(?:he|she|they|we|i|it|\w+) (?:might|may)\b (?!i\b|we\b)|\bwould (?:it|that|we|this|removing|locking|wiping|resetting) (?:be|help|make|break|affect|mean|have|cause)\b|\bi wonder (?:if|whether|what|how)\b(?! you could| you can)|\bwould be (?:nice|great|good|cool|funny|better)\b"
    r"|\bone day\b|\bsomeday\b|\bin an ideal world\b|\bunless\b|\bwish\b|\bwould (?:love|like) to (?:know|understand|see what)|\bi (?:could|would)\b(?! like| love| appreciate| be grateful| need)|\bwe (?:could|would)\b(?! like| love| appreciate)|\bdo (?:you|we) think\b(?! you could)|\bwhat about (?:removing|giving|if)|\bthinking we\b|\bdebating\b|\bnot sure (?:if|whether)\b|\bin case\b"
)
_NEGATED = re.compile(
    r"\b(?:do ?n.?t|do not|does ?n.?t need to|does not need to|never|no need to|need ?n.?t|needn.?t|must ?n.?t|must not|should ?n.?t|should not|wo ?n.?t|will not|would not|would ?n.?t|not (?:to|going to|yet|asking|requesting|now)|don.?t want|rather not|instead of|without|refrain|avoid|hold off|nobody|no one|isn.?t|is not|aren.?t|cannot|can.?t|can not|please not|nor|leave .{1,40} (?:alone|as (?:it )?is)|keep .{1,60}'s (?:access|account))\b"
)
_EXCEPT = re.compile(
    r"(?:,\s*|\bbut\s+|\band\s+)(?:not|don.?t|do not|never)\b|\bexcept\b|\bnot just\b|\bnot only\b|\bdon.?t forget\b|\bwithout delay\b|\bdo not hesitate\b|\bdon.?t hesitate\b"
)
_JOKE = re.compile(
    r"\b(?:lol|lmao|rofl|haha+|hehe+|just kidding|kidding|jk|joke|joking|only joking|as if|yeah right|for fun)\b|[😂🤣😜😆🙃😝;]-?\)|[😂🤣😜😆🙃😝]"
)
_EXAMPLE = re.compile(
    r"^\W*(?:for example|for instance|e\.?g\.?|example|examples?:|sample|training example|test case|user says|such as|in the training|this is (?:just |only )?(?:a |an )?(?:test|example))\b|\b(?:training (?:data|example|material|slide)|as an example|example (?:sentence|request|utterance)|for example)\b"
)
_HOW = re.compile(
    r"^(?:so |and |also |but |ok |well )?(?:how|why|where|what|which|who|whom|whose|when(?!ever)\b.*\?|explain|describe|is there|are there|does anyone|anyone know|any idea|any ideas|what's|whats|how's|where's|who's|steps to|instructions|guide|docs|documentation|the steps)\b"
    r"|\b(?:how (?:do|can|to|does|would|should|come|one|you|i|we)\b|tell me (?:how|what|why|where|about|when|who)|show me (?:how|where)|wants? to (?:know|learn|understand|see)|like to (?:know|learn|understand)|needs? to (?:know|learn|understand)|wondering (?:how|what|why|where|who|when|about)|know (?:how|what|why|where)|the (?:process|procedure|policy|steps|way|right way|best way|rule|rules) (?:for|to|of|on|about)|teach me|walk me through|help me understand|curious)\b"
)
_AUXILIARY = re.compile(
    r"^(?:is|are|was|were|am|do|does|did|has|have|had|should|shall|must|may|might|isn't|aren't|doesn't|don't|didn't|hasn't|haven't|wasn't)\b"
)
_MODAL = re.compile(r"^(?:can|could|would|will(?!\s+(?:takes|needs|is|has|leaves|gets|covers|wants|joins|starts|forgot|lost|no longer))|won.?t|can.?t|couldn.?t|wouldn.?t|may|might)\s+")
_PLEASED = re.compile(
    r"^(?:(?:can|could|would|will|won.?t|can.?t|couldn.?t|wouldn.?t|might)\s+(?:you|someone|somebody|anyone|anybody|u|ya|the (?:help ?desk|desk|it team|team)|it|bellhop|one of you|y'all|you guys|we)\s+(?!mind\b)(?:(?:please|pls|plz|kindly|possibly|perhaps|maybe|just|also|quickly|guys|all|be so kind as to|be so kind and|help me(?: to)?|help us(?: to)?|go ahead and|have a look and)\s+)*)"
)
_GET = re.compile(
    r"^(?:can|could|may|might|shall)\s+(?:\w+(?: \w+)?)\s+(?:(?:please|pls|also|maybe|possibly|just|quickly)\s+)*(?:have|get|be (?:given|granted|added|removed|taken|put|made|set)|receive|borrow|request|ask for|please)\b"
)
_MIND = re.compile(r"^(?:would|do|will) you mind\s+")
_PREFIX = re.compile(
    r"^\W*(?:@[\w.\-]+[,:]?\s+(?=please|pls|can|could|would|will|hi|hey|remove|give|add|reset|unlock)|(?:hi|hello|hey|heya|hiya|dear|good (?:morning|afternoon|evening|day)|morning|afternoon|greetings|yo|hallo|howdy)\b(?:\s+(?:there|all|team|everyone|folks|guys|bellhop|it|help ?desk|desk|support|it team|bot|@?\w+)(?=\s*[,!.:\-]|\s*$))?\s*[,!.:\-]*\s*"
    r"|(?:please|pls|plz|pleas|kindly|ok(?:ay)?|so|also|and|then|now|just|well|right|alright|thanks|cheers|urgent(?:ly)?|asap|quick (?:one|request|ask|favou?r)|important|fyi|btw|by the way|sorry|um+|er+|oh|yes|yep|yeah|sure|actually|next|finally|lastly|first|second|third|in addition|additionally|furthermore|afterwards|after that|plus|again|quickly|immediately|request|subject|re|it request|ticket|todo|hmm+|go ahead and|one more thing|another thing|new request|help|team|guys|folks|bellhop|emergency|heads up|security|instead|either|both|simply|temporarily|permanently|today|tomorrow|as discussed|as agreed|as requested|per [^,]{1,40}|when you (?:get|have) (?:a )?(?:chance|moment|minute|sec(?:ond)?|time)|if (?:you could|you can|possible|you don.?t mind)|at your earliest convenience|it'?s time to|time to|we'?re ready to|let'?s|let us|i'?d like you to|i would like you to|i need you to|we need you to|i want you to|we want you to|i need it to|you (?:can|may|should) (?:now |please )?(?=\w)|make sure (?:to|you|that you|that)|be sure to|remember to|don.?t forget to|do not forget to|i'?d appreciate it if you (?:could|would)|(?:i|we)(?:'d| would) be grateful if you (?:could|would)|would appreciate it if you (?:could|would)|it would be (?:great|good|nice|lovely|wonderful) if (?:you|someone|we) (?:could|can|would)|(?:i was |i'm |im |was |just )?wondering if (?:you|someone|it|anyone|somebody) (?:could|can|would|might)(?: be able to)?|any chance (?:you|someone|we) (?:could|can)|do you think (?:you|someone) (?:could|can)|is it possible (?:for you )?to|would it be possible (?:for you )?to|is there any chance (?:you|someone) (?:could|can)|are you able to|(?:i'?m|we'?re|i am|we are) (?:asking|requesting) (?:you|for you) to|requesting (?:you )?to|need to (?=\w+)|we need to (?=\w+)|i need to (?=\w+)|we have to|we must|we should(?= please)|i have to|gotta|you need to)(?:\b|(?<=\s))\s*[,:!.\-]*\s*)+"
)
_DESIRE = re.compile(
    r"(?:^|\b)(?:need|needs|needed asap|want|wants|require|requires|would like|'d like|would love|'d love|should (?:have|get|be(?: in| on| able| added| removed| given)?|cover|read|go|take|see|receive|lose|answer|run)|has to (?:have|be)|have to (?:have|be)|needs to|must (?:have|be|get)|is (?:missing|supposed to have|meant to have|due)|deserves|could (?:use|do with))\b|^(?:requesting|looking (?:for|to get)|hoping (?:for|to get)|asking for|seeking|in need of|after)\b|\b(?:i'?m|i am|we'?re|we are) (?:requesting|looking (?:for|to get)|hoping (?:for|to get)|asking for|seeking|in need of|after)\b|\bto be (?:removed|added|granted|given|revoked|reset|unlocked|locked|wiped|installed|disabled|onboarded|offboarded|deactivated|forwarded|reassigned|closed|moved|shipped|taken off|cut off)\b|\bi request\b"
)
_PAST = re.compile(
    r"\b(?:was|were|has been|have been|had been|got|has|have|had|'ve|'s been|already|just got|been)\s+(?:already |just |recently |finally |since |also )?(?:\w+(?:ed|en)|put|set|reset|cut|given|taken|let|sent|made|done|gone)\b|\b(?:yesterday|last (?:week|month|year|night|monday|tuesday|wednesday|thursday|friday)|(?:\d+|two|three|a few|a couple of) (?:days?|weeks?|months?|hours?) ago|earlier today|this morning|back in|in the past|previously|used to|years? ago|a while ago|once upon)\b|\b(?:i|we|he|she|they|it|you|\w+) (?:\w+ed|gave|took|cut|sent|put|got|made|let) \b"
)
_WILL = re.compile(r"\b(?:will be|is going to|are going to|is being|are being|is getting|are getting|will get|'ll)\b")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|be|been|being|has|have|had|do|does|did|will|would|can|could|should|may|might|must|shall|'m|'re|'ve|'ll|isn't|aren't|won't|can't|doesn't|works?|keeps?|says?|seems?|looks?|shows?|gets?|got|went|goes|comes?|failed|fails?|crashes|crashed|stopped|loves?|hates?|likes?|thinks?|believes?|knows?|told|asked|made|makes|took|takes|left|lost|found)\b"
)
_STATUS = re.compile(
    r"\b(?:status|any (?:update|updates|news|progress|word)|where (?:is|are|'s) (?:my|the|our|his|her|that|this)|what'?s (?:happening|going on|up|new) with|what (?:is|has) happen(?:ing|ed) (?:with|to) (?:my|the|our|that)|how is (?:my|the|our|that)\b.{0,40}\b(?:going|coming|doing)|how'?s (?:my|the|our|that)\b.{0,40}\b(?:going|coming|doing)|has (?:my|the|our|that)\b.{0,60}\b(?:been (?:approved|shipped|done|processed|sent|resolved|closed|handled|granted|dispatched|completed|answered|looked)|shipped|arrived|gone through)|is (?:my|the|our|that) (?:request|ticket|laptop|access|case|order|plan)\b.{0,40}\b(?:ready|done|approved|shipped|on its way|still open|open|closed|resolved|coming)|did (?:my|the|anyone|somebody|someone|you|that)\b.{0,60}\b(?:approve|get to|look at|ship|see my|go through|get approved|happen|arrive)|(?:still|been) waiting (?:for|on)|when (?:will|is|can|do) (?:my|the|our|i)\b.{0,60}\b(?:arrive|ready|done|approved|come|get|expect|shipped|be there|land)|how far|eta|is (?:it|that|this) (?:done|ready|approved|closed|resolved)(?: yet)?|who (?:is|has to|needs to|must|still needs to) (?:approv|handl|look|work|sign)\w*|follow(?:ing)? up on|chasing)\b"
)
_NUMBERED = re.compile(r"\b[a-z]{2,6}-\d{2,8}\b|(?<!\w)#\d{1,8}\b")
_CAPABLE = re.compile(r"^(?:\w+,? )?(?:can|could|do|are|will) you (?:even |also |actually )?(?:able to )?(?:see|hear|tell|know|explain|understand|find out|guess|think|believe|remember)\b(?! to it)")
_STATUS_ORDER = re.compile(
    r"^(?:check|show|give|tell|look up|get|update)\b.{0,30}\b(?:status|progress|update|eta|how far)\b|^(?:status|update|progress|eta|news)\b"
)
_HUMAN = re.compile(
    r"\b(?:talk|speak|chat)\b.{0,12}\b(?:to|with)\b.{0,15}\b(?:human|person|agent|someone|somebody|analyst|operator|technician|help ?desk|people|staff|support)\b"
    r"|\b(?:connect|transfer|put|get|pass|hand|switch) (?:me|this|it|us)\b.{0,20}\b(?:human|person|live agent|agent|analyst|operator|someone from|technician|representative)\b"
    r"|^(?:human|agent|operator|real person|representative)\b|\b(?:actual|real|live) (?:human|person|agent)\b|^(?:please )?escalate\b|\bcall me back\b"
    r"|\bcan (?:someone|somebody) (?:from it )?(?:call|ring|phone) me\b|\bi (?:want|need) (?:a|to see a) (?:human|person)\b"
)
_CANCEL = re.compile(
    r"^(?:please |no,? |ok,? |oh,? |actually,? |sorry,? |wait,? |stop,? |hey,? |hi,? |can you |could you |just )*(?:never ?mind|nvm|cancel(?: (?:that|it|this|the request|my request|everything|all|please|the whole thing|that request|that one|please))*|forget (?:it|that|about it|about that|i asked)|scratch that|stop(?: that| it)?|abort|disregard(?: that| this| it| my (?:last )?(?:message|request))?|ignore (?:that|this|my (?:last )?(?:message|request)|it)|drop it|leave it|withdraw (?:that|it|my request|this|the request)|don.?t (?:do (?:that|it)|bother|worry about it)|no longer needed|not needed any ?more|i changed my mind|changed my mind|call it off|take that back)\b[\s.!,]*(?:please|thanks|thank you|then|for now|i changed my mind|sorry|anymore|any more|i'?ll do it myself|it'?s fine|all good|i found it|wrong (?:person|john|one)|(?:i )?(?:found|fixed|sorted|solved) it|sorted|fixed|got it)*[\s.!]*$"
)
_CHAT = re.compile(
    r"^(?:hi|hello|hey|heya|hiya|yo|howdy|good (?:morning|afternoon|evening|night|day)|morning|evening|greetings|hallo|thanks?(?: you)?|thank you(?: so much| very much)?|thx|ty|cheers|ta|many thanks|much appreciated|great|awesome|perfect|cool|nice|ok(?:ay)?|got it|sounds good|lovely|brilliant|wonderful|excellent|well done|good job|great job|bye|goodbye|see you|have a (?:nice|good|great) \w+|you rock|you'?re the best|welcome|no problem|no worries|how are you|what'?s up|sup|👍|🙏|❤️|😊|🎉|that (?:works|worked|helped|did it)|it works(?: now)?|works now|all good|who are you|what can you do|are you (?:a )?(?:bot|human|robot|real))(?:[\s,.!?:)👍🙏😊🎉]+(?:there|all|team|everyone|folks|guys|bellhop|a lot|a million|so much|very much|for (?:the|your|that|all|everything).{0,40}|again|thanks|thank you|it|help ?desk|desk|bot|today|now|that (?:works|worked|helped)(?: great)?|how are you|have a (?:nice|good|great) \w+|much|great|perfect|day|mate|buddy|bye|doing|works|exactly what i needed|really|appreciate it|you'?re the best|works now|it works(?: now)?))*[\s.!?:)👍🙏😊🎉❤]*$"
)


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """`text` with every match replaced by spaces: what remains stays where it was."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def own_words(folded: str, wording: Wording) -> str:
    """What the speaker says themselves: without quoted lines, forwarded mail, code, JSON and quoted sentences."""
    for pattern in (_FORWARDED, _QUOTED_LINE, _FENCE, _JSON, _JSON):
        folded = blank(folded, pattern)
    return _STRING.sub(lambda m: _unquote(m, wording), folded)


def _unquote(match: re.Match[str], wording: Wording) -> str:
    """Quotation marks around a name go; a quoted sentence goes as a whole."""
    inner = next(g for g in match.groups() if g is not None)
    words = inner.split()
    deed = any(i.form == "base" for i in wording.ideas(words[:1]))
    if len(words) <= 4 and not deed:
        return f" {inner} "
    return " " * len(match.group())


def opening(sentence: str) -> str:
    """The sentence without greeting, politeness and connecting words at its start."""
    previous = None
    while sentence != previous:
        previous = sentence
        sentence = _PREFIX.sub("", sentence, count=1).lstrip(" ,:;-!.")
        sentence = _PLEASED.sub("", sentence, count=1)
        sentence = re.sub(r"^for [\w@.' ]{2,30}[,:]\s+(?=\w)", "", sentence)
    return sentence


_FIRST = ((_MACHINE, Mood.MACHINE), (_CANCEL, Mood.CANCEL), (_CHAT, Mood.CHAT), (_EXAMPLE, Mood.TEXT))


def sentence_mood(sentence: str, wording: Wording) -> Mood | None:
    """What a whole folded sentence is where that forbids every proposal in it; None where its clauses decide."""
    text = sentence.strip().strip("-*•# ")
    for pattern, found in _FIRST:
        if pattern.search(text):
            return found
    start = opening(text)
    state = _has(text, wording, "state")
    if _NUMBERED.search(text) and (text.endswith("?") or _AUXILIARY.match(start)) and not imperative(start, wording):
        return Mood.STATUS
    if _CAPABLE.search(text):
        return Mood.QUESTION
    if _HUMAN.search(text) and not state:
        return Mood.HUMAN
    if (_STATUS.search(text) or _STATUS_ORDER.search(start)) and not imperative(start, wording, besides="update"):
        return Mood.STATUS
    if _HOW.search(start) or (_HOW.search(text) and not state):
        return Mood.QUESTION
    if _HYPOTHETICAL.search(start if start != text else text):
        return Mood.QUESTION if text.endswith("?") else Mood.HYPOTHETICAL
    if _REPORTED.search(text):
        return Mood.REPORTED
    if _JOKE.search(text) and not (state and re.search(r"\b(?:i|my|me|myself)\b", text)):
        return Mood.JOKE
    return None


def clause_mood(clause: str, wording: Wording, first: bool = True, orders: frozenset[str] = frozenset()) -> Mood:
    """How a folded clause of a sentence is meant that nothing forbids as a whole. `orders` are further words that open an order."""
    text = clause.strip().strip("-*•# ,")
    start = opening(re.sub(r"^(?:and|but|then|also|plus|so)\s+", "", text))
    if not start:
        return Mood.TEXT
    if _has(text, wording, "state") and not _AUXILIARY.match(start) and not (start.rstrip().endswith("?") and first):
        return Mood.STATE
    if _MIND.match(start) or _GET.match(start):
        return Mood.ORDER
    if _AUXILIARY.match(start) or _MODAL.match(start):
        return Mood.NEGATED if _NEGATED.match(start) else Mood.QUESTION
    return _plain(text, start, wording, orders)


def _plain(text: str, start: str, wording: Wording, orders: frozenset[str]) -> Mood:
    order = imperative(start, wording) or start.split(" ", 1)[0] in orders
    if _NEGATED.search(_EXCEPT.split(start)[0]) and (order or _has(text, wording, "base") or _has(text, wording, "ing")):
        return Mood.NEGATED
    if order:
        return Mood.ORDER
    asked = start.rstrip().endswith("?")
    if _DESIRE.search(text) and not _OTHER_WISH.search(text) and _wishes_deed(text, wording):
        return Mood.QUESTION if asked else Mood.ORDER
    if _PAST.search(start):
        return Mood.PAST
    if re.search(r"\b(?:i'?m|i am|am|we'?re) missing\b|\bi (?:still )?(?:lack|don'?t have) (?:access|permission|rights)", text):
        return Mood.ORDER
    if asked and _FINITE.search(start):
        return Mood.QUESTION
    return Mood.ORDER if fragment(text, start, wording) else Mood.TEXT


_WANTED = re.compile(r"\b(?:please|pls|plz|asap|thanks|thx|ty|needed|required|requested|wanted|urgent(?:ly)?|request)\b|\bfor (?!the past|some|a while|no |days|hours|weeks|ages|every)[a-z]")


def fragment(text: str, start: str, wording: Wording) -> bool:
    """Whether a sentence without a verb asks for something by naming it: "Figma for Sam", "password reset please"."""
    words = split(start)
    if words[:1] and words[0] in ("i", "we", "he", "she", "they", "it", "you", "this", "that", "there", "our"):
        return False
    told = any(i.form in ("s", "ed", "ing") and i.first for i in wording.ideas(words) if i.name[-1] != ".")
    if told or _FINITE.search(start) or _WILL.search(start) or len(words) > 14 or symptom(start):
        return False
    return len(words) <= 4 or bool(_WANTED.search(text))


_OTHER_WISH = re.compile(
    r"\b(?:need|needs|want|wants|would like|'d like|require|requires|looking for|asking for|could use)\s+(?:(?:some|a bit of|a little|your|any|more|a|an|the|urgent|quick|further)\s+){0,2}"
    r"(?:help|advice|training|support|assistance|info|information|guidance|tips|documentation|docs|explanation|clarification|hand|break|coffee|time|approval|feedback|answer|answers|idea|update)\b"
)
_WISHED = re.compile(r"\b(?:need|needs|want|wants|would like|'d like|would love|'d love|has|have)\s+to\s+(?P<verb>[a-z\-]+)")


def _wishes_deed(text: str, wording: Wording) -> bool:
    """ "Needs to calm down" wishes for nothing that can be done here."""
    wished = _WISHED.search(text)
    return wished is None or wished["verb"] in _bases(wording) or wished["verb"] in ("be", "have", "get", "use", "access", "join", "log", "sign")


_SYMPTOM = re.compile(
    r"\b(?:not working|n't work|doesn.?t|can.?t|cannot|can not|isn.?t|aren.?t|won.?t|unable|error|errors|broken|crash\w*|slow|fail\w*|frozen|freezes|stuck|issue|problem|trouble|keeps|stopped|down|weird|wrong|blank|missing|no sound|never (?:arriv|came|come|show|work|receiv|got|load)\w*|drops|disconnect\w*|help)\b"
)


def symptom(folded: str) -> bool:
    """Whether the text tells of something that does not work."""
    return bool(_SYMPTOM.search(folded))


_NOT_TAIL = re.compile(r"(?:,\s*|\s(?:but|and)\s+)(?:please )?(?:(?:not(?! only| just)|never)\b|do(?:n.?t| not)\b(?! forget| hesitate))")


def cut_exception(folded: str, start: int, end: int) -> int:
    """Where the part of a clause begins that says what not to do ("…, but not Slack"); `end` if there is none."""
    match = _NOT_TAIL.search(folded, start, end)
    return match.start() if match else end


def imperative(start: str, wording: Wording, besides: str = "") -> bool:
    """Whether the sentence begins with a deed in its base form (other than `besides`)."""
    words = split(start[:60])
    if not words or words[0] not in _bases(wording):
        return False
    return any(i.first == 0 and i.form in ("base", "ed") and i.name not in (besides, "need") for i in wording.ideas(words))


_BASES: dict[str, frozenset[str]] = {}


def _bases(wording: Wording) -> frozenset[str]:
    """First words of every deed's base form."""
    if wording.language not in _BASES:
        _BASES[wording.language] = frozenset(v.split()[0].split("'")[0] for verbs in wording.data["deeds"].values() for v in verbs)
    return _BASES[wording.language]


def _has(text: str, wording: Wording, form: str) -> bool:
    return any(i.form == form for i in wording.ideas(split(text[:600])))
