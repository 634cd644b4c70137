using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>
/// Recursive-descent parser of expressions and paths. A method that meets an error keeps the first one in
/// <see cref="Error"/> and returns <see langword="null"/>; every caller then returns at once.
/// </summary>
/// <remarks>
/// <code>
/// condition  = conjunction { OR conjunction }
/// conjunction = negation { AND negation }
/// negation   = NOT negation | comparison
/// comparison = sum [ ( = | != | &lt;&gt; | &lt; | &lt;= | &gt; | &gt;= ) sum | ( IN | NIN ) list ]
/// sum        = product { ( + | - ) product }
/// product    = unary { ( * | / | % ) unary }
/// unary      = - unary | primary
/// primary    = literal | function ( [ condition { , condition } ] ) | path | ( condition )
/// path       = name { . name | [ index ] }
/// list       = [ literal { , literal } ]
/// </code>
/// </remarks>
internal sealed class ExpressionParser(QueryLexer lexer)
{
    private int _depth;

    /// <summary>Gets the first error.</summary>
    public QueryError? Error { get; private set; }

    /// <summary>Gets the token that comes next.</summary>
    public Token Current => lexer.Current;

    /// <summary>Parses a condition: any expression.</summary>
    public Expression? ParseCondition() => ParseLogical(LogicalOperator.Or);

    /// <summary>Parses a path. The current token is its first name.</summary>
    public QueryPath? ParsePath()
    {
        var segments = new List<PathSegment> { PathSegment.Property(Current.Text) };
        lexer.Advance();
        while (Current.Kind is TokenKind.Dot or TokenKind.OpenBracket)
        {
            if (segments.Count == QueryLimits.MaxPathSegments)
            {
                Fail(Current, string.Create(CultureInfo.InvariantCulture, $"A path has at most {QueryLimits.MaxPathSegments} segments."));
                return null;
            }

            if (Current.Kind == TokenKind.Dot ? !TryParseName(segments) : !TryParseIndex(segments))
            {
                return null;
            }
        }

        return new QueryPath(new ValueList<PathSegment>(segments));
    }

    /// <summary>Reads the next token if it is of this kind.</summary>
    public bool Accept(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        lexer.Advance();
        return true;
    }

    /// <summary>Reads the next token if it is this keyword.</summary>
    public bool AcceptKeyword(string keyword)
    {
        if (!Current.Is(keyword))
        {
            return false;
        }

        lexer.Advance();
        return true;
    }

    /// <summary>Fails unless the text ends here.</summary>
    public bool ExpectEnd(string expected)
    {
        if (Current.Kind == TokenKind.End)
        {
            return true;
        }

        FailExpected(expected);
        return false;
    }

    /// <summary>Fails with what was wanted and what is there.</summary>
    public void FailExpected(string expected)
    {
        var token = Current;
        if (token.Kind == TokenKind.Error)
        {
            Error ??= lexer.Error;
            return;
        }

        var foreign = token.Kind == TokenKind.Word && Keywords.IsForeign(token.Text)
            ? $" {token.Text.ToUpperInvariant()} is not part of this language."
            : "";
        Fail(token, string.Create(
            CultureInfo.InvariantCulture, $"Expected {expected} at position {token.Offset}, found {Describe(token)}.{foreign}"));
    }

    /// <summary>Fails with a message about a token.</summary>
    public void Fail(Token token, string message) => Fail(token.Source, message);

    /// <summary>Fails with a message about a place; the first error stays.</summary>
    public void Fail(SourceOffset source, string message) =>
        Error ??= QueryError.At(lexer.Text, source.Offset, Math.Min(source.Length, lexer.Text.Length - source.Offset), message);

    /// <summary>Names a token for a message.</summary>
    public string Describe(Token token) =>
        token.Kind == TokenKind.End ? "the end of the text" : $"'{QueryError.Shorten(lexer.Text.Substring(token.Offset, token.Length))}'";

    private bool TryParseName(List<PathSegment> segments)
    {
        lexer.AdvanceName();
        if (Current.Kind is not (TokenKind.Word or TokenKind.BracketName))
        {
            FailExpected("a name after '.'");
            return false;
        }

        segments.Add(PathSegment.Property(Current.Text));
        lexer.Advance();
        return true;
    }

    private bool TryParseIndex(List<PathSegment> segments)
    {
        lexer.Advance();
        if (Current.Kind != TokenKind.Number || !Current.Number.IsInteger || Current.Number.Integer > int.MaxValue)
        {
            FailExpected("a whole number from 0 to 2147483647 after '['");
            return false;
        }

        segments.Add(PathSegment.Element((int)Current.Number.Integer));
        lexer.Advance();
        if (Accept(TokenKind.CloseBracket))
        {
            return true;
        }

        FailExpected("']' after the index");
        return false;
    }

    private Expression? ParseLogical(LogicalOperator op)
    {
        var isOr = op == LogicalOperator.Or;
        var keyword = isOr ? "OR" : "AND";
        var first = isOr ? ParseLogical(LogicalOperator.And) : ParseNegation();
        if (first is null || !Current.Is(keyword))
        {
            return first;
        }

        var operands = new List<Expression> { first };
        while (AcceptKeyword(keyword))
        {
            var next = isOr ? ParseLogical(LogicalOperator.And) : ParseNegation();
            if (next is null)
            {
                return null;
            }

            operands.Add(next);
        }

        return Checked(new LogicalExpression(op, new ValueList<Expression>(operands)) { Source = first.Source });
    }

    private Expression? ParseNegation()
    {
        if (!Current.Is("NOT"))
        {
            return ParseComparison();
        }

        var source = Current.Source;
        if (!TryEnter())
        {
            return null;
        }

        lexer.Advance();
        var operand = ParseNegation();
        _depth--;
        return operand is null ? null : Checked(new UnaryExpression(UnaryOperator.Not, operand) { Source = source });
    }

    private Expression? ParseComparison()
    {
        var left = ParseSum();
        if (left is null)
        {
            return null;
        }

        if (Current.Is("IN") || Current.Is("NIN"))
        {
            return ParseMembership(left);
        }

        if (Operators.Comparison(Current.Kind) is not { } op)
        {
            return left;
        }

        lexer.Advance();
        var right = ParseSum();
        if (right is null)
        {
            return null;
        }

        if (Operators.Comparison(Current.Kind) is not null || Current.Is("IN") || Current.Is("NIN"))
        {
            Fail(Current, $"A comparison cannot be compared again, as {Describe(Current)} would do here; write AND, or parentheses.");
            return null;
        }

        return Checked(new BinaryExpression(op, left, right) { Source = left.Source });
    }

    private InExpression? ParseMembership(Expression operand)
    {
        var isNegated = Current.Is("NIN");
        var keyword = isNegated ? "NIN" : "IN";
        lexer.Advance();
        var close = Current.Kind == TokenKind.OpenParen ? TokenKind.CloseParen : TokenKind.CloseBracket;
        if (!Accept(TokenKind.OpenBracket) && !Accept(TokenKind.OpenParen))
        {
            FailExpected($"a list such as ['a', 'b'] after {keyword}");
            return null;
        }

        var elements = new List<Expression>();
        do
        {
            if (ParseElement() is not { } element)
            {
                return null;
            }

            elements.Add(element);
        }
        while (Accept(TokenKind.Comma));

        if (!Accept(close))
        {
            FailExpected($"',' or '{(close == TokenKind.CloseParen ? ')' : ']')}' in the list after {keyword}");
            return null;
        }

        return (InExpression?)Checked(new InExpression(operand, new ValueList<Expression>(elements), isNegated) { Source = operand.Source });
    }

    private Expression? ParseElement()
    {
        if (Current.Kind == TokenKind.Minus)
        {
            lexer.Advance();
            if (Current.Kind == TokenKind.Number)
            {
                return ParseNegativeNumber();
            }
        }
        else if (TryParseLiteral(out var literal))
        {
            return literal;
        }

        FailExpected("a string, a number, true, false, null or undefined as an element of the list");
        return null;
    }

    private Expression? ParseSum()
    {
        var left = ParseProduct();
        while (left is not null && Operators.Additive(Current.Kind) is { } op)
        {
            lexer.Advance();
            var right = ParseProduct();
            left = right is null ? null : Checked(new BinaryExpression(op, left, right) { Source = left.Source });
        }

        return left;
    }

    private Expression? ParseProduct()
    {
        var left = ParseUnary();
        while (left is not null && Operators.Multiplicative(Current.Kind) is { } op)
        {
            lexer.Advance();
            var right = ParseUnary();
            left = right is null ? null : Checked(new BinaryExpression(op, left, right) { Source = left.Source });
        }

        return left;
    }

    private Expression? ParseUnary()
    {
        if (Current.Kind != TokenKind.Minus)
        {
            return ParsePrimary();
        }

        var source = Current.Source;
        if (!TryEnter())
        {
            return null;
        }

        lexer.Advance();
        if (Current.Kind == TokenKind.Number)
        {
            _depth--;
            return ParseNegativeNumber();
        }

        var operand = ParseUnary();
        _depth--;
        return operand is null ? null : Checked(new UnaryExpression(UnaryOperator.Minus, operand) { Source = source });
    }

    // A sign directly before a number is part of it, so that -5 is a literal for lists and for the planner.
    private NumberLiteral ParseNegativeNumber()
    {
        var number = Current.Number;
        var source = lexer.Previous.Source;
        lexer.Advance();
        var negative = number.IsInteger ? QueryNumber.Of(-number.Integer) : QueryNumber.Of(-number.Double);
        return new NumberLiteral(negative) { Source = source };
    }

    private Expression? ParsePrimary()
    {
        if (TryParseLiteral(out var literal))
        {
            return literal;
        }

        var token = Current;
        if (token.Kind == TokenKind.OpenParen)
        {
            return ParseParenthesized();
        }

        if (token.Kind == TokenKind.BracketName || (token.Kind == TokenKind.Word && !Keywords.IsReserved(token.Text)))
        {
            return ParsePathOrCall();
        }

        FailExpected(lexer.Previous.Length == 0 ? "a condition" : $"a value after {Describe(lexer.Previous)}");
        return null;
    }

    private Expression? ParseParenthesized()
    {
        if (!TryEnter())
        {
            return null;
        }

        lexer.Advance();
        var inner = ParseCondition();
        _depth--;
        if (inner is null)
        {
            return null;
        }

        if (Accept(TokenKind.CloseParen))
        {
            return inner;
        }

        FailExpected("an operator or ')'");
        return null;
    }

    private Expression? ParsePathOrCall()
    {
        var name = Current;
        var path = ParsePath();
        if (path is null)
        {
            return null;
        }

        if (Current.Kind != TokenKind.OpenParen)
        {
            return new PathExpression(path) { Source = name.Source };
        }

        if (path.Segments.Count > 1 || name.Kind != TokenKind.Word)
        {
            FailExpected($"an operator after {Describe(lexer.Previous)}");
            return null;
        }

        return ParseCall(name);
    }

    private Expression? ParseCall(Token name)
    {
        var signature = FunctionTable.Find(name.Text);
        if (signature is null)
        {
            FailUnknownFunction(name);
            return null;
        }

        if (!TryEnter())
        {
            return null;
        }

        lexer.Advance();
        var arguments = new List<Expression>();
        if (Current.Kind != TokenKind.CloseParen)
        {
            do
            {
                if (ParseCondition() is not { } argument)
                {
                    return null;
                }

                arguments.Add(argument);
            }
            while (Accept(TokenKind.Comma));
        }

        _depth--;
        if (!Accept(TokenKind.CloseParen))
        {
            FailExpected($"',' or ')' after the argument of {signature.Name}");
            return null;
        }

        if (arguments.Count < signature.MinArguments || arguments.Count > signature.MaxArguments)
        {
            Fail(name, string.Create(
                CultureInfo.InvariantCulture,
                $"{signature.Name} at position {name.Offset} takes {signature.ArgumentCount}, found {arguments.Count}."));
            return null;
        }

        return Checked(new FunctionExpression(signature.Function, new ValueList<Expression>(arguments)) { Source = name.Source });
    }

    private void FailUnknownFunction(Token name)
    {
        var text = name.Text.ToUpperInvariant();
        if (AggregateNames.Find(name.Text) is not null)
        {
            Fail(name, string.Create(
                CultureInfo.InvariantCulture, $"{text} at position {name.Offset} is an aggregate; aggregates stand in SELECT only."));
            return;
        }

        var near = FunctionTable.FindNear(name.Text);
        var hint = near.Count == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
        Fail(name, string.Create(
            CultureInfo.InvariantCulture, $"There is no function {Describe(name)} (position {name.Offset}).{hint}"));
    }

    private bool TryParseLiteral([NotNullWhen(true)] out Expression? literal)
    {
        var token = Current;
        literal = token.Kind switch
        {
            TokenKind.String => new StringLiteral(token.Text),
            TokenKind.Number => new NumberLiteral(token.Number),
            TokenKind.Word when token.Is("TRUE") => new BooleanLiteral(true),
            TokenKind.Word when token.Is("FALSE") => new BooleanLiteral(false),
            TokenKind.Word when token.Is("NULL") => new NullLiteral(),
            TokenKind.Word when token.Is("UNDEFINED") => new UndefinedLiteral(),
            _ => null,
        };
        if (literal is null)
        {
            return false;
        }

        literal = literal with { Source = token.Source };
        lexer.Advance();
        return true;
    }

    // Counts what the parser itself is inside of; Checked counts what the tree holds, which left-leaning chains make deeper.
    private bool TryEnter()
    {
        if (++_depth <= QueryLimits.MaxDepth)
        {
            return true;
        }

        FailTooDeep(Current.Source);
        return false;
    }

    private Expression? Checked(Expression expression)
    {
        if (expression.Depth <= QueryLimits.MaxDepth)
        {
            return expression;
        }

        FailTooDeep(expression.Source);
        return null;
    }

    private void FailTooDeep(SourceOffset source) => Fail(source, string.Create(
        CultureInfo.InvariantCulture, $"The expression at position {source.Offset} is nested more than {QueryLimits.MaxDepth} levels deep."));
}
