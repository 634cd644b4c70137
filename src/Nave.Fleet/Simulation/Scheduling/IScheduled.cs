namespace Nave.Fleet.Simulation.Scheduling;

/// <summary>Something that has a next point in time at which it acts.</summary>
public interface IScheduled
{
    /// <summary>Gets when it acts next, since the simulation's start; <see cref="TimeSpan.MaxValue"/> = never again.</summary>
    TimeSpan Due { get; }

    /// <summary>Acts, without waiting, and moves <see cref="Due"/> on.</summary>
    /// <param name="now">The time since the simulation's start.</param>
    void Act(TimeSpan now);
}
