using System.Globalization;

namespace Nave.Fleet.Simulation.Templates;

/// <summary>Reads one expression: a number, a span of time, a quoted text, or a function with arguments.</summary>
/// <param name="text">The whole template.</param>
/// <param name="start">Where the expression starts in it.</param>
internal sealed class TemplateParser(string text, int start)
{
    // Deeper than anybody writes, and shallow enough for the stack.
    private const int MaxDepth = 16;

    private int _position = start;

    /// <summary>Reads the expression and the closing braces.</summary>
    /// <param name="end">The position after them.</param>
    /// <exception cref="TemplateException">It is malformed.</exception>
    public TemplateExpression Parse(out int end)
    {
        var expression = ReadExpression(0);
        SkipSpace();
        if (!text.AsSpan(_position).StartsWith("}}"))
        {
            throw Error("'}}' is needed here");
        }

        end = _position + 2;
        return expression;
    }

    private TemplateExpression ReadExpression(int depth)
    {
        SkipSpace();
        if (depth > MaxDepth)
        {
            throw Error($"functions are nested deeper than {MaxDepth}");
        }

        if (_position == text.Length)
        {
            throw Error("the template ends where an expression is needed");
        }

        var first = text[_position];
        return first is '\'' or '"' ? ReadText(first)
            : char.IsAsciiDigit(first) || first is '-' or '.' ? ReadNumber()
            : char.IsAsciiLetter(first) ? ReadCall(depth)
            : throw Error($"'{first}' starts neither a number nor a quoted text nor a function");
    }

    private TemplateExpression ReadText(char quote)
    {
        var close = text.IndexOf(quote, _position + 1);
        if (close < 0)
        {
            throw Error("the quoted text does not end");
        }

        var value = text[(_position + 1)..close];
        _position = close + 1;
        return new TemplateExpression(TemplateValue.Of(value));
    }

    private TemplateExpression ReadNumber()
    {
        var word = ReadWhile(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+');
        if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return new TemplateExpression(TemplateValue.Of(integer));
        }

        if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return new TemplateExpression(TemplateValue.Of(number));
        }

        return Duration.TryParse(word, out var span)
            ? new TemplateExpression(TemplateValue.Of(span.TotalSeconds))
            : throw Error($"'{word}' is neither a number nor a span of time", word.Length);
    }

    private TemplateExpression ReadCall(int depth)
    {
        var name = ReadWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        SkipSpace();
        if (_position == text.Length || text[_position] != '(')
        {
            // A bare word is a text where an argument is wanted, and a forgotten pair of brackets elsewhere.
            return depth > 0
                ? new TemplateExpression(TemplateValue.Of(name))
                : throw Error($"'{name}' has no brackets; a function such as {TemplateFunctions.All["counter"].Usage} is needed", name.Length);
        }

        if (!TemplateFunctions.All.TryGetValue(name, out var function))
        {
            throw Error($"there is no function '{name}'; permitted are {string.Join(", ", TemplateFunctions.All.Keys)}", name.Length);
        }

        _position++;
        var arguments = ReadArguments(depth + 1);
        if (arguments.Count < function.MinArguments || arguments.Count > function.MaxArguments)
        {
            throw Error($"'{name}' has {arguments.Count} arguments; it is written {function.Usage}");
        }

        return function.TakesNumbers && arguments.Exists(argument => argument.IsLiteralText)
            ? throw Error($"'{name}' has a text among its arguments; it is written {function.Usage}, with numbers")
            : new TemplateExpression(function, [.. arguments]);
    }

    private List<TemplateExpression> ReadArguments(int depth)
    {
        var arguments = new List<TemplateExpression>();
        SkipSpace();
        if (_position < text.Length && text[_position] == ')')
        {
            _position++;
            return arguments;
        }

        while (true)
        {
            arguments.Add(ReadExpression(depth));
            SkipSpace();
            var next = _position < text.Length ? text[_position] : '\0';
            if (next is not (',' or ')'))
            {
                throw Error("',' or ')' is needed here");
            }

            _position++;
            if (next == ')')
            {
                return arguments;
            }
        }
    }

    private string ReadWhile(Func<char, bool> accept)
    {
        var from = _position;
        while (_position < text.Length && accept(text[_position]))
        {
            _position++;
        }

        return text[from.._position];
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }
    }

    private TemplateException Error(string problem, int back = 0) => new($"in the template at character {_position - back + 1}: {problem}.");
}
