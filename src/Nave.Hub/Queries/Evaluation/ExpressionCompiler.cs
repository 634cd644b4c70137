namespace Nave.Hub.Queries;

/// <summary>Turns a tree into evaluators, with literals in the form that comparisons want.</summary>
internal static class ExpressionCompiler
{
    /// <summary>Compiles an expression; its paths get their slots in <paramref name="paths"/>.</summary>
    public static Evaluator Compile(Expression expression, PathTable paths) => expression switch
    {
        PathExpression path => new PathEvaluator(path.Path, paths.GetSlot(path.Path)),
        LogicalExpression logical => new LogicalEvaluator(logical.Operator, Compile(logical.Operands, paths)),
        BinaryExpression { IsComparison: true } comparison =>
            new ComparisonEvaluator(comparison.Operator, Compile(comparison.Left, paths), Compile(comparison.Right, paths)),
        BinaryExpression arithmetic =>
            new ArithmeticEvaluator(arithmetic.Operator, Compile(arithmetic.Left, paths), Compile(arithmetic.Right, paths)),
        UnaryExpression { Operator: UnaryOperator.Not } not => new NotEvaluator(Compile(not.Operand, paths)),
        UnaryExpression minus => new NegationEvaluator(Compile(minus.Operand, paths)),
        InExpression membership =>
            new MembershipEvaluator(Compile(membership.Operand, paths), [.. membership.Elements.Select(ValueOf)], membership.Negated),
        FunctionExpression function => new FunctionEvaluator(function.Function, Compile(function.Arguments, paths)),
        _ => new ConstantEvaluator(ValueOf(expression)),
    };

    /// <summary>Gets the value of a literal.</summary>
    public static QueryValue ValueOf(Expression literal) => literal switch
    {
        StringLiteral text => QueryValue.Of(text.Value),
        NumberLiteral number => QueryValue.Of(number.Value),
        BooleanLiteral boolean => QueryValue.Of(boolean.Value),
        NullLiteral => QueryValue.Null,
        UndefinedLiteral => QueryValue.Undefined,
        _ => throw new ArgumentException($"{literal.GetType().Name} is no literal.", nameof(literal)),
    };

    private static Evaluator[] Compile(ValueList<Expression> expressions, PathTable paths) =>
        [.. expressions.Select(expression => Compile(expression, paths))];
}
