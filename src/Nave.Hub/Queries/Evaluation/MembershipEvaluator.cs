namespace Nave.Hub.Queries;

/// <summary><c>x IN [a, b]</c> is <c>x = a OR x = b</c>; NIN is its negation.</summary>
internal sealed class MembershipEvaluator(Evaluator operand, QueryValue[] elements, bool negated) : ConditionEvaluator
{
    /// <inheritdoc/>
    public override Truth Test(IQueryRow row)
    {
        var value = operand.Evaluate(row);
        var isUndefined = false;
        foreach (ref readonly var element in elements.AsSpan())
        {
            if (QueryValue.Compare(value, element) is not { } order)
            {
                isUndefined = true;
            }
            else if (order == 0)
            {
                return negated ? Truth.False : Truth.True;
            }
        }

        return isUndefined ? Truth.Undefined : negated ? Truth.True : Truth.False;
    }
}
