using System.Globalization;
using System.Text;

namespace Nave.Hub.Queries;

/// <summary>
/// Cuts a query into tokens, one at a time and on demand: what may stand in a name depends on whether a path goes on there.
/// </summary>
/// <remarks>
/// A name is made of letters, digits, <c>_</c> and <c>$</c>; a hyphen belongs to it when a letter follows without a space
/// (<c>$dt-subject</c>), so a subtraction of paths is written with spaces. Any other name is written <c>[[like this]]</c>.
/// </remarks>
internal sealed class QueryLexer(string text)
{
    private const int MaxHexDigits = 16;
    private int _next;

    /// <summary>Gets the text.</summary>
    public string Text { get; } = text;

    /// <summary>Gets the token that <see cref="Advance"/> or <see cref="AdvanceName"/> read last.</summary>
    public Token Current { get; private set; }

    /// <summary>Gets the token before <see cref="Current"/>.</summary>
    public Token Previous { get; private set; }

    /// <summary>Gets why <see cref="Current"/> is <see cref="TokenKind.Error"/>.</summary>
    public QueryError? Error { get; private set; }

    /// <summary>Says whether a name can be written without brackets where a path goes on.</summary>
    public static bool IsPlainName(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            var isHyphen = name[i] == '-' && i > 0 && i + 1 < name.Length && char.IsLetter(name[i + 1]);
            if (!isHyphen && !(i == 0 ? IsNameStart(name[i]) : IsNamePart(name[i])))
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    /// <summary>Reads the next token.</summary>
    public void Advance()
    {
        SkipSpace();
        Previous = Current;
        Current = _next >= Text.Length ? new Token(TokenKind.End, Text.Length, 0, "", default) : Read(Text[_next]);
    }

    /// <summary>Goes back to a token that was read before.</summary>
    public void ReturnTo(Token token)
    {
        _next = token.Offset;
        Error = null;
        Advance();
    }

    /// <summary>Reads the next token as a name of a path, which may begin with a digit or be a keyword.</summary>
    public void AdvanceName()
    {
        SkipSpace();
        if (_next < Text.Length && IsNamePart(Text[_next]))
        {
            Previous = Current;
            Current = ReadWord();
        }
        else
        {
            Advance();
        }
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '$';

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    private char Peek(int ahead) => _next + ahead < Text.Length ? Text[_next + ahead] : '\0';

    private void SkipSpace()
    {
        while (_next < Text.Length && char.IsWhiteSpace(Text[_next]))
        {
            _next++;
        }
    }

    private Token Read(char c)
    {
        if (IsNameStart(c))
        {
            return ReadWord();
        }

        if (char.IsAsciiDigit(c))
        {
            return ReadNumber();
        }

        return c switch
        {
            '\'' or '"' => ReadString(c),
            '[' when Peek(1) == '[' => ReadBracketName(),
            '[' => Symbol(TokenKind.OpenBracket, 1),
            ']' => Symbol(TokenKind.CloseBracket, 1),
            '(' => Symbol(TokenKind.OpenParen, 1),
            ')' => Symbol(TokenKind.CloseParen, 1),
            ',' => Symbol(TokenKind.Comma, 1),
            '.' => Symbol(TokenKind.Dot, 1),
            '*' => Symbol(TokenKind.Star, 1),
            '+' => Symbol(TokenKind.Plus, 1),
            '-' => Symbol(TokenKind.Minus, 1),
            '/' => Symbol(TokenKind.Slash, 1),
            '%' => Symbol(TokenKind.Percent, 1),
            '=' when Peek(1) == '=' => Fail(2, "'==' is no operator; equality is written '='."),
            '=' => Symbol(TokenKind.Equal, 1),
            '!' when Peek(1) == '=' => Symbol(TokenKind.NotEqual, 2),
            '!' => Fail(1, "'!' is no operator; negation is written NOT, inequality '!=' or '<>'."),
            '<' when Peek(1) == '=' => Symbol(TokenKind.LessOrEqual, 2),
            '<' when Peek(1) == '>' => Symbol(TokenKind.NotEqual, 2),
            '<' => Symbol(TokenKind.Less, 1),
            '>' when Peek(1) == '=' => Symbol(TokenKind.GreaterOrEqual, 2),
            '>' => Symbol(TokenKind.Greater, 1),
            '&' when Peek(1) == '&' => Fail(2, "'&&' is no operator; write AND."),
            '|' when Peek(1) == '|' => Fail(2, "'||' is no operator; write OR, or CONCAT for strings."),
            ';' => Fail(1, "';' is not part of a query."),
            _ => Fail(char.IsSurrogatePair(c, Peek(1)) ? 2 : 1, $"The character {Describe(c)} has no meaning here."),
        };
    }

    private static string Describe(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) ? string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}") : $"'{c}'";

    private Token Symbol(TokenKind kind, int length)
    {
        var token = new Token(kind, _next, length, "", default);
        _next += length;
        return token;
    }

    private Token Fail(int length, string message) => FailAt(_next, length, message);

    private Token FailAt(int offset, int length, string message)
    {
        Error = QueryError.At(Text, offset, length, string.Create(CultureInfo.InvariantCulture, $"{message} (Position {offset}.)"));
        _next = Text.Length;
        return new Token(TokenKind.Error, offset, length, "", default);
    }

    private Token ReadWord()
    {
        var start = _next;
        while (_next < Text.Length && (IsNamePart(Text[_next]) || (Text[_next] == '-' && _next > start && char.IsLetter(Peek(1)))))
        {
            _next++;
        }

        return new Token(TokenKind.Word, start, _next - start, Text[start.._next], default);
    }

    private Token ReadBracketName()
    {
        var start = _next;
        var end = Text.IndexOf("]]", start + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            return FailAt(start, Text.Length - start, "The name that begins with '[[' is not closed with ']]'.");
        }

        if (end == start + 2)
        {
            return FailAt(start, 4, "The name between '[[' and ']]' is empty.");
        }

        var name = Text[(start + 2)..end];
        if (HasLoneSurrogate(name))
        {
            return FailAt(start, end + 2 - start, "The name holds half a surrogate pair, which is no character.");
        }

        _next = end + 2;
        return new Token(TokenKind.BracketName, start, _next - start, name, default);
    }

    private Token ReadNumber()
    {
        var start = _next;
        if (Text[start] == '0' && Peek(1) is 'x' or 'X')
        {
            return ReadHexNumber(start);
        }

        SkipDigits();
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            _next++;
            SkipDigits();
        }

        if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            _next += 2;
            SkipDigits();
        }

        if (IsNamePart(Peek(0)))
        {
            return MalformedNumber(start);
        }

        var digits = Text.AsSpan(start, _next - start);
        if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var integer))
        {
            return new Token(TokenKind.Number, start, _next - start, "", QueryNumber.Of(integer));
        }

        var value = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value)
            ? new Token(TokenKind.Number, start, _next - start, "", QueryNumber.Of(value))
            : FailAt(start, _next - start, "The number is larger than 1.7976931348623157E+308.");
    }

    private Token ReadHexNumber(int start)
    {
        _next += 2;
        while (char.IsAsciiHexDigit(Peek(0)))
        {
            _next++;
        }

        if (_next == start + 2 || IsNamePart(Peek(0)))
        {
            return MalformedNumber(start);
        }

        if (_next - start - 2 > MaxHexDigits)
        {
            return FailAt(start, _next - start, "A hexadecimal number has at most 16 digits.");
        }

        var value = ulong.Parse(Text.AsSpan(start + 2, _next - start - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var number = value <= long.MaxValue ? QueryNumber.Of((long)value) : QueryNumber.Of((double)value);
        return new Token(TokenKind.Number, start, _next - start, "", number);
    }

    private Token MalformedNumber(int start)
    {
        while (IsNamePart(Peek(0)))
        {
            _next++;
        }

        return FailAt(start, _next - start, $"'{QueryError.Shorten(Text[start.._next])}' is neither a number nor a name.");
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0)))
        {
            _next++;
        }
    }

    private Token ReadString(char quote)
    {
        var start = _next;
        var value = new StringBuilder();
        for (_next++; _next < Text.Length; _next++)
        {
            var c = Text[_next];
            if (c == quote)
            {
                if (Peek(1) != quote)
                {
                    _next++;
                    return EndString(start, value.ToString());
                }

                _next++;
                value.Append(quote);
            }
            else if (c != '\\')
            {
                value.Append(c);
            }
            else if (!TryReadEscape(value))
            {
                var length = Math.Min(2, Text.Length - _next);
                return FailAt(_next, length, @"A '\' in a string is followed by ', "", \ or u and four hexadecimal digits.");
            }
        }

        return FailAt(start, Text.Length - start, $"The string that begins with {quote} is not closed.");
    }

    private Token EndString(int start, string value) =>
        HasLoneSurrogate(value)
            ? FailAt(start, _next - start, "The string holds half a surrogate pair, which is no character.")
            : new Token(TokenKind.String, start, _next - start, value, default);

    private bool TryReadEscape(StringBuilder value)
    {
        var c = Peek(1);
        if (c is '\'' or '"' or '\\')
        {
            value.Append(c);
            _next++;
            return true;
        }

        if (c == 'u' && _next + 6 <= Text.Length
            && ushort.TryParse(Text.AsSpan(_next + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
        {
            value.Append((char)unit);
            _next += 5;
            return true;
        }

        return false;
    }

    private static bool HasLoneSurrogate(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
            {
                continue;
            }

            if (i + 1 >= value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }
}
