using Nave.Storage;

namespace Nave.Hub.Queries;

/// <summary>
/// Finds what a condition that is true says about keys and terms. It may know less than there is to know, never more: a
/// document outside the restriction cannot match.
/// </summary>
internal sealed class QueryPlanner(QueryIndex index)
{
    /// <summary>Plans a condition.</summary>
    public Restriction Plan(Expression where) => where switch
    {
        LogicalExpression { Operator: LogicalOperator.And } and =>
            and.Operands.Aggregate(Restriction.Always, (plan, operand) => plan.And(Plan(operand))),
        LogicalExpression or => or.Operands.Aggregate(Restriction.Never, (plan, operand) => plan.Or(Plan(operand))),
        BinaryExpression { Operator: BinaryOperator.Equal, Left: PathExpression path, Right: var value } when IsLiteral(value) =>
            Equal(path.Path, [value]),
        BinaryExpression { Operator: BinaryOperator.Equal, Left: var value, Right: PathExpression path } when IsLiteral(value) =>
            Equal(path.Path, [value]),
        InExpression { Negated: false, Operand: PathExpression path } membership => Equal(path.Path, membership.Elements),
        FunctionExpression { Function: QueryFunction.StartsWith } call
            when call.Arguments[0] is PathExpression path && call.Arguments[1] is StringLiteral prefix && IsKey(path.Path) =>
            Restriction.ByPrefix(prefix.Value),
        PathExpression path => Equal(path.Path, [new BooleanLiteral(true)]),
        BooleanLiteral { Value: true } => Restriction.Always,

        // A condition that is no more than any other literal is never true.
        _ when IsLiteral(where) => Restriction.Never,
        _ => Restriction.Unknown,
    };

    private Restriction Equal(QueryPath path, IReadOnlyList<Expression> literals)
    {
        if (IsKey(path))
        {
            // Keys are strings: no other value equals one.
            return Restriction.ByKeys(literals.OfType<StringLiteral>().Select(literal => literal.Value));
        }

        if (index.FindTerm(path, out var rank) is not { } name)
        {
            return Restriction.Unknown;
        }

        var values = literals.Select(ExpressionCompiler.ValueOf).ToArray();
        var terms = values.Select(value => TermValue.Of(value)).OfType<string>().Select(value => new StateTerm(name, value)).ToList();
        if (terms.Count == 0)
        {
            return Restriction.Never;
        }

        var mayOverflow = index.MayOverflow(name);
        if (mayOverflow && index.Overflow is { } overflow)
        {
            terms.Add(overflow);
        }

        return Restriction.ByTerms(terms, rank, !mayOverflow && Array.TrueForAll(values, value => !TermValue.IsHashed(value)));
    }

    private bool IsKey(QueryPath path) => QueryIndex.NameOf(path) == index.KeyPath;

    private static bool IsLiteral(Expression expression) =>
        expression is StringLiteral or NumberLiteral or BooleanLiteral or NullLiteral or UndefinedLiteral;
}
