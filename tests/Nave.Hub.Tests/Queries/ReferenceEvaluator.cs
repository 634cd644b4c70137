using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Nave.Hub.Queries.Tests;

/// <summary>
/// The semantics written down a second time, as plainly as possible: over parsed documents, with exact fractions for
/// comparisons and code points for strings. Slow, and shares nothing with the engine but the tree.
/// </summary>
internal sealed class ReferenceEvaluator(JsonElement root)
{
    private static readonly object s_undefined = new();

    /// <summary>Says whether a condition is true.</summary>
    public bool Matches(Expression expression) => Evaluate(expression) is true;

    private object? Evaluate(Expression expression) => expression switch
    {
        StringLiteral literal => literal.Value,
        NumberLiteral literal => Number(literal.Value.ToString()),
        BooleanLiteral literal => literal.Value,
        NullLiteral => null,
        UndefinedLiteral => s_undefined,
        PathExpression path => Follow(path.Path),
        UnaryExpression { Operator: UnaryOperator.Not } not => Evaluate(not.Operand) is bool value ? !value : s_undefined,
        UnaryExpression minus => Arithmetic(BinaryOperator.Subtract, BigInteger.Zero, Evaluate(minus.Operand)),
        LogicalExpression logical => Logical(logical.Operator == LogicalOperator.And, [.. logical.Operands.Select(Evaluate)]),
        InExpression { Negated: true } membership => Evaluate(new UnaryExpression(UnaryOperator.Not, membership with { Negated = false })),
        InExpression membership => Logical(
            isAnd: false, [.. membership.Elements.Select(element => Compare(BinaryOperator.Equal, Evaluate(membership.Operand), Evaluate(element)))]),
        BinaryExpression { IsComparison: true } comparison => Compare(comparison.Operator, Evaluate(comparison.Left), Evaluate(comparison.Right)),
        BinaryExpression arithmetic => Arithmetic(arithmetic.Operator, Evaluate(arithmetic.Left), Evaluate(arithmetic.Right)),
        FunctionExpression function => Call(function.Function, [.. function.Arguments.Select(Evaluate)]),
        _ => throw new NotSupportedException(expression.ToString()),
    };

    private object? Follow(QueryPath path)
    {
        var element = root;
        foreach (var segment in path.Segments)
        {
            if (segment.Name is null)
            {
                if (element.ValueKind != JsonValueKind.Array || segment.Index >= element.GetArrayLength())
                {
                    return s_undefined;
                }

                element = element[segment.Index];
            }
            else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(segment.Name, out element))
            {
                return s_undefined;
            }
        }

        return element.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => Number(element.GetRawText()),
            _ => element,
        };
    }

    // A whole number that fits 64 bits, whatever its spelling, or a double.
    private static object Number(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return new BigInteger(integer);
        }

        return Settle(double.Parse(text, CultureInfo.InvariantCulture));
    }

    private static object Settle(double value) =>
        !double.IsFinite(value) ? s_undefined
        : Math.Truncate(value) == value && new BigInteger(value) is var whole && whole >= long.MinValue && whole <= long.MaxValue ? whole
        : value;

    private static object Logical(bool isAnd, object?[] operands) =>
        operands.Contains(!isAnd) ? !isAnd
        : operands.All(operand => operand is bool) ? isAnd
        : s_undefined;

    private static object Compare(BinaryOperator op, object? left, object? right)
    {
        int order;
        switch (left, right)
        {
            case (null, null):
                order = 0;
                break;
            case (bool x, bool y):
                order = x.CompareTo(y);
                break;
            case (string x, string y):
                order = CompareCodePoints(x, y);
                break;
            case (BigInteger or double, BigInteger or double):
                var (p, q) = (Fraction(left), Fraction(right));
                order = (p.Numerator * q.Denominator).CompareTo(q.Numerator * p.Denominator);
                break;
            default:
                return s_undefined;
        }

        return op switch
        {
            BinaryOperator.Equal => order == 0,
            BinaryOperator.NotEqual => order != 0,
            BinaryOperator.Less => order < 0,
            BinaryOperator.LessOrEqual => order <= 0,
            BinaryOperator.Greater => order > 0,
            _ => order >= 0,
        };
    }

    private static (BigInteger Numerator, BigInteger Denominator) Fraction(object number)
    {
        if (number is BigInteger integer)
        {
            return (integer, BigInteger.One);
        }

        var value = (double)number;
        var denominator = BigInteger.One;
        while (Math.Truncate(value) != value)
        {
            value *= 2;
            denominator *= 2;
        }

        return (new BigInteger(value), denominator);
    }

    private static int CompareCodePoints(string x, string y)
    {
        var (a, b) = (x.EnumerateRunes().ToArray(), y.EnumerateRunes().ToArray());
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] != b[i])
            {
                return a[i].Value - b[i].Value;
            }
        }

        return a.Length - b.Length;
    }

    private static double ToDouble(object number) => number is BigInteger integer ? (double)(long)integer : (double)number;

    private static object Arithmetic(BinaryOperator op, object? left, object? right)
    {
        if (left is not (BigInteger or double) || right is not (BigInteger or double))
        {
            return s_undefined;
        }

        if (left is BigInteger x && right is BigInteger y)
        {
            BigInteger? exact = op switch
            {
                BinaryOperator.Add => x + y,
                BinaryOperator.Subtract => x - y,
                BinaryOperator.Multiply => x * y,
                BinaryOperator.Divide when y != 0 && y != -1 && x % y == 0 => x / y,
                BinaryOperator.Remainder when y != 0 && y != -1 => x % y,
                _ => null,
            };
            if (exact is { } result && result >= long.MinValue && result <= long.MaxValue)
            {
                return result;
            }
        }

        var (a, b) = (ToDouble(left), ToDouble(right));
        return Settle(op switch
        {
            BinaryOperator.Add => a + b,
            BinaryOperator.Subtract => a - b,
            BinaryOperator.Multiply => a * b,
            BinaryOperator.Divide => a / b,
            _ => a % b,
        });
    }

    private static object? Call(QueryFunction function, object?[] arguments)
    {
        var x = arguments[0];
        return function switch
        {
            QueryFunction.IsDefined => x != s_undefined,
            QueryFunction.IsNull => x is null,
            QueryFunction.IsString => x is string,
            QueryFunction.IsNumber => x is BigInteger or double,
            QueryFunction.IsBool => x is bool,
            QueryFunction.IsArray => x is JsonElement { ValueKind: JsonValueKind.Array },
            QueryFunction.IsObject => x is JsonElement { ValueKind: JsonValueKind.Object },
            QueryFunction.IsPrimitive => x is null or string or bool or BigInteger or double,
            QueryFunction.AsNumber when x is string text => double.TryParse(text, CultureInfo.InvariantCulture, out _) ? Number(text) : s_undefined,
            QueryFunction.AsNumber => x is BigInteger or double ? x : s_undefined,
            QueryFunction.Concat => arguments.All(part => part is string) ? string.Concat(arguments) : s_undefined,
            QueryFunction.Power => arguments.All(part => part is BigInteger or double)
                ? Settle(Math.Pow(ToDouble(x!), ToDouble(arguments[1]!))) : s_undefined, // Numbers both.
            _ when x is BigInteger or double => OfNumber(function, x),
            _ when x is string text => OfString(function, text, arguments),
            _ => s_undefined,
        };
    }

    private static object OfNumber(QueryFunction function, object x) => function switch
    {
        QueryFunction.Abs => Fraction(x).Numerator.Sign < 0 ? Arithmetic(BinaryOperator.Subtract, BigInteger.Zero, x) : x,
        QueryFunction.Exp => Settle(Math.Exp(ToDouble(x))),
        QueryFunction.Square => Arithmetic(BinaryOperator.Multiply, x, x),
        QueryFunction.Ceiling => x is double ceiling ? Settle(Math.Ceiling(ceiling)) : x,
        QueryFunction.Floor => x is double floor ? Settle(Math.Floor(floor)) : x,
        QueryFunction.Sign => new BigInteger(Fraction(x).Numerator.Sign),
        QueryFunction.Sqrt => Settle(Math.Sqrt(ToDouble(x))),
        _ => s_undefined,
    };

    private static object OfString(QueryFunction function, string x, object?[] arguments)
    {
        var runes = x.EnumerateRunes().ToArray();
        var y = arguments.Length > 1 ? arguments[1] as string : null;
        return function switch
        {
            QueryFunction.Length => new BigInteger(runes.Length),
            QueryFunction.Lower => x.ToLowerInvariant(),
            QueryFunction.Upper => x.ToUpperInvariant(),
            QueryFunction.StartsWith when y is not null => x.StartsWith(y, StringComparison.Ordinal),
            QueryFunction.EndsWith when y is not null => x.EndsWith(y, StringComparison.Ordinal),
            QueryFunction.Contains when y is not null => x.Contains(y, StringComparison.Ordinal),
            QueryFunction.IndexOf when y is not null => x.IndexOf(y, StringComparison.Ordinal) is >= 0 and var at
                ? new BigInteger(x[..at].EnumerateRunes().Count()) : BigInteger.MinusOne,
            QueryFunction.Substring when arguments[1] is BigInteger start && start >= 0
                && (arguments.Length < 3 || (arguments[2] is BigInteger length && length >= 0)) =>
                Join(runes.Where((_, i) => i >= start && (arguments.Length < 3 || i < start + (BigInteger)arguments[2]!))), // A number, see above.
            _ => s_undefined,
        };
    }

    private static string Join(IEnumerable<Rune> runes) => string.Concat(runes.Select(rune => rune.ToString()));
}
