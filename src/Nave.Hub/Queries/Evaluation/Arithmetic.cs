namespace Nave.Hub.Queries;

/// <summary>
/// Arithmetic. Whole numbers stay exact while the result fits 64 bits, then it is a double's; what has no finite result
/// (a division by zero) is undefined.
/// </summary>
internal static class Arithmetic
{
    /// <summary>Applies an arithmetic operator.</summary>
    public static QueryValue Apply(BinaryOperator op, QueryNumber x, QueryNumber y)
    {
        if (x.IsInteger && y.IsInteger && TryApplyInteger(op, x.Integer, y.Integer, out var integer))
        {
            return QueryValue.Of(QueryNumber.Of(integer));
        }

        return op switch
        {
            BinaryOperator.Add => QueryValue.Of(x.Double + y.Double),
            BinaryOperator.Subtract => QueryValue.Of(x.Double - y.Double),
            BinaryOperator.Multiply => QueryValue.Of(x.Double * y.Double),
            BinaryOperator.Divide => QueryValue.Of(x.Double / y.Double),
            BinaryOperator.Remainder => QueryValue.Of(x.Double % y.Double),
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "Not arithmetic."),
        };
    }

    /// <summary>Changes the sign.</summary>
    public static QueryValue Negate(QueryNumber x) =>
        x.IsInteger && x.Integer != long.MinValue ? QueryValue.Of(QueryNumber.Of(-x.Integer)) : QueryValue.Of(-x.Double);

    private static bool TryApplyInteger(BinaryOperator op, long x, long y, out long result)
    {
        result = 0;
        switch (op)
        {
            case BinaryOperator.Add:
                result = unchecked(x + y);
                return ((x ^ result) & (y ^ result)) >= 0;
            case BinaryOperator.Subtract:
                result = unchecked(x - y);
                return ((x ^ y) & (x ^ result)) >= 0;
            case BinaryOperator.Multiply:
                return Math.BigMul(x, y, out result) == result >> 63;

            // -1 is left to the doubles: long.MinValue has no negative of its own.
            case BinaryOperator.Divide when y is not (0 or -1) && x % y == 0:
                result = x / y;
                return true;
            case BinaryOperator.Remainder when y is not (0 or -1):
                result = x % y;
                return true;
            default:
                return false;
        }
    }
}
