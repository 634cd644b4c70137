using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>Functions of numbers; of anything else they are undefined.</summary>
internal static class MathFunctions
{
    /// <summary>Applies a function of one number.</summary>
    public static QueryValue Apply(QueryFunction function, in QueryValue value)
    {
        if (value.Kind != QueryValueKind.Number)
        {
            return QueryValue.Undefined;
        }

        var x = value.Number;
        return function switch
        {
            QueryFunction.Abs => x.CompareTo(QueryNumber.Of(0)) < 0 ? Arithmetic.Negate(x) : QueryValue.Of(x),
            QueryFunction.Exp => QueryValue.Of(Math.Exp(x.Double)),
            QueryFunction.Square => Arithmetic.Apply(BinaryOperator.Multiply, x, x),
            QueryFunction.Ceiling => x.IsInteger ? QueryValue.Of(x) : QueryValue.Of(Math.Ceiling(x.Double)),
            QueryFunction.Floor => x.IsInteger ? QueryValue.Of(x) : QueryValue.Of(Math.Floor(x.Double)),
            QueryFunction.Sign => QueryValue.Of(QueryNumber.Of(Math.Sign(x.CompareTo(QueryNumber.Of(0))))),
            QueryFunction.Sqrt => QueryValue.Of(Math.Sqrt(x.Double)),
            _ => throw new ArgumentOutOfRangeException(nameof(function), function, "Not a function of one number."),
        };
    }

    /// <summary>Raises x to the power of y.</summary>
    public static QueryValue Power(in QueryValue x, in QueryValue y) =>
        x.Kind == QueryValueKind.Number && y.Kind == QueryValueKind.Number
            ? QueryValue.Of(Math.Pow(x.Number.Double, y.Number.Double))
            : QueryValue.Undefined;

    /// <summary>Reads the number that a string spells in decimal, with spaces around it or not.</summary>
    public static QueryValue AsNumber(in QueryValue value)
    {
        if (value.Kind != QueryValueKind.String)
        {
            return value.Kind == QueryValueKind.Number ? value : QueryValue.Undefined;
        }

        if (long.TryParse(value.Utf8, NumberStyles.Integer, CultureInfo.InvariantCulture, out var integer))
        {
            return QueryValue.Of(QueryNumber.Of(integer));
        }

        return double.TryParse(value.Utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? QueryValue.Of(number)
            : QueryValue.Undefined;
    }
}
